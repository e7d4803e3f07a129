// How does a decision get read, decided, staged and flushed, again if somebody was faster?
import { OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { KeyMissing, type Keyring } from '../security/index.ts';
import type { Metrics } from '../telemetry/index.ts';
import type { Loaded, Needs } from './need.ts';
import type { Position } from './position.ts';
import type { Attempt, Change, Store } from './store.ts';

export interface UnitContext {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly runtime: Runtime;
  readonly metrics: Metrics;
}

export interface Outcome<T> {
  readonly value: T;
  /** Everything the value was made from is at or below this. */
  readonly position: Position;
}

const RUNS_MAX = 64;
const KEYS_MAX = 1_000; // keys that one unit may make; each is durable before the unit commits
const CALM_RUNS = 8; // after so many conflicts a run waits a little, so that a burst can pass
const WAIT_MS_MAX = 50;

/** Reads every need. In the same turn when the store is synchronous. */
export function loadAll<N extends Needs>(
  store: Pick<Attempt, 'load'>,
  needs: N,
): Loaded<N> | Promise<Loaded<N>> {
  const loaded: Record<string, unknown> = {};
  let late: Promise<unknown>[] | undefined;
  for (const name of Object.keys(needs)) {
    const value: unknown = store.load(needs[name]!);
    loaded[name] = value;
    if (!(value instanceof Promise)) continue;
    late ??= [];
    late.push(value.then((found) => Object.assign(loaded, { [name]: found })));
  }
  return (late ? Promise.all(late).then(() => loaded) : loaded) as Loaded<N> | Promise<Loaded<N>>;
}

const isConflict = (error: unknown) => error instanceof OffshootError && error.code === 'CONFLICT';
/** Of a store in another process: run again, such a unit might be done twice. */
const isUnknown = (error: unknown) =>
  error instanceof OffshootError && error.details.outcome === 'unknown';

/**
 * Runs load and decide until the result is durable. `decide` returns the change (or none, for an
 * answer that only reads) and the value, which is handed out only after the flush of everything
 * it could have read. A conflict or a failed flush runs both again, at most 64 times; then
 * UNAVAILABLE. A missing key is made first, at most 1,000 of them. What `decide` throws is thrown
 * on, after the flush too: if that fails, it was thrown about something that never happened. A unit
 * of which nobody can say whether it happened (`details.outcome` is 'unknown') is not run again.
 */
export async function runUnit<N extends Needs, T>(
  context: UnitContext,
  needs: () => N,
  decide: (loaded: Loaded<N>) => { readonly change?: Change; readonly value: T },
): Promise<Outcome<T>> {
  const { store, keyring, runtime, metrics } = context;
  let made: Set<string> | undefined;
  for (let run = 0; run < RUNS_MAX; run += 1) {
    const basis = store.failures;
    const own = store.attempt?.() ?? store;
    try {
      const loading = loadAll(own, needs());
      const loaded = loading instanceof Promise ? await loading : loading;
      const { change, value } = decide(loaded);
      if (change) return { value, position: (await own.stage(change, basis)).position };
      if (await stands(store, basis, own)) return { value, position: store.head() };
    } catch (error) {
      if (error instanceof KeyMissing) {
        await keyring.ensure([error.subject]);
        made ??= new Set();
        if (!made.has(error.subject) && made.size < KEYS_MAX) run -= 1; // a conflict with nobody
        made.add(error.subject);
        continue;
      }
      if (isUnknown(error)) throw error;
      if (!isConflict(error) && (await stands(store, basis, own))) throw error;
    }
    metrics.count('offshoot_unit_reruns_total');
    if (run >= CALM_RUNS) await runtime.sleep(1 + runtime.random() * WAIT_MS_MAX);
  }
  throw new OffshootError('UNAVAILABLE', 'too many conflicts; try again');
}

/** Whether everything that was readable is durable now, none of it was rolled back, and it is still so. */
async function stands(store: Store, basis: number, own: Attempt): Promise<boolean> {
  try {
    await store.settled();
    if (own.holds && !(await own.holds())) return false;
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  return store.failures === basis;
}
