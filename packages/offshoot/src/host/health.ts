// Is what a process depends on there? Checks that are bounded, remembered for a moment, and told
// apart by name (shape of draft-inadarei-api-health-check-06).
import { asOffshootError, badDefinition } from '../error/index.ts';
import type { HealthEntry, HealthReport, HealthStatus } from '../gateway/index.ts';
import { isoTime, type Runtime } from '../runtime/index.ts';

export interface Observation {
  /** @default 'pass' */
  readonly status?: HealthStatus;
  /** @default how long the probe took, in milliseconds */
  readonly observedValue?: number | string;
  readonly observedUnit?: string;
  readonly output?: string;
}

export interface HealthCheck {
  /** `component:measurement`; no two checks of a process have the same. */
  readonly name: string;
  readonly componentType: 'datastore' | 'component' | 'system';
  /** Whether the process is of no use without it. @default true */
  readonly critical?: boolean;
  /** @default 1000 */
  readonly timeoutMs?: number;
  /** How long an answer is good for, however often it is asked for. @default 1000 */
  readonly cacheMs?: number;
  /** Throwing is failing. */
  readonly probe: () => Observation | undefined | Promise<Observation | undefined>;
}

const TIMEOUT_MS = 1_000;
const CACHE_MS = 1_000;

type Probing = (check: HealthCheck) => Promise<HealthEntry>;

/**
 * Runs the checks side by side; a call takes no longer than the longest timeout. A critical check
 * that fails makes the whole fail, anything else that is not well a warning. A probe that hangs is
 * not started again before it has ended. Throws BAD_DEFINITION for two checks of one name.
 */
export function healthChecks(
  runtime: Runtime,
  checks: readonly HealthCheck[],
): () => Promise<Pick<HealthReport, 'status' | 'checks'>> {
  const twice = checks.find(({ name }, at) => checks.findIndex((one) => one.name === name) !== at);
  if (twice) badDefinition(`two health checks are called ${twice.name}`);
  const kept = new Map<HealthCheck, { readonly entry: HealthEntry; readonly until: number }>();
  const running = new Map<HealthCheck, Promise<HealthEntry>>();

  const probed: Probing = async (check) => {
    const since = runtime.monotonic();
    const seen = await observed(check);
    const ms = Math.round((runtime.monotonic() - since) * 100) / 100;
    const entry = { ...measured(seen, ms), ...facts(check, runtime) };
    kept.set(check, { entry, until: runtime.monotonic() + (check.cacheMs ?? CACHE_MS) });
    running.delete(check);
    return entry;
  };

  const bounded: Probing = (check) => {
    const task = running.get(check) ?? probed(check);
    running.set(check, task);
    const { timeoutMs = TIMEOUT_MS } = check;
    return new Promise((resolve) => {
      const late = () => {
        const output = `no answer in ${timeoutMs} ms`;
        resolve({ status: 'fail', output, ...facts(check, runtime) });
      };
      const cancel = runtime.after(timeoutMs, late);
      void task.then((entry) => {
        cancel();
        resolve(entry);
      });
    });
  };

  const entryOf: Probing = async (check) => {
    const known = kept.get(check);
    return known && known.until > runtime.monotonic() ? known.entry : bounded(check);
  };

  return async () => {
    const entries = await Promise.all(checks.map(entryOf));
    const isDown = checks.some(
      ({ critical = true }, at) => critical && entries[at]?.status === 'fail',
    );
    const isWell = entries.every(({ status }) => status === 'pass');
    return {
      status: isDown ? 'fail' : isWell ? 'pass' : 'warn',
      checks: Object.fromEntries(checks.map(({ name }, at) => [name, [entries[at]!]])),
    };
  };
}

const facts = ({ componentType }: HealthCheck, runtime: Runtime) => ({
  componentType,
  time: isoTime(runtime.now()),
});

function measured(seen: Observation, ms: number): Observation & { readonly status: HealthStatus } {
  const { status = 'pass' } = seen;
  if (seen.observedValue !== undefined) return { ...seen, status };
  return { ...seen, status, observedValue: ms, observedUnit: 'ms' };
}

/** Of an error only its code: these pages are for everybody. */
async function observed({ probe }: HealthCheck): Promise<Observation> {
  try {
    return (await probe()) ?? {};
  } catch (error) {
    return { status: 'fail', output: asOffshootError(error).code };
  }
}
