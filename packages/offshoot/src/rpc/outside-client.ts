// How is the outside world called: keyed, bounded, behind a breaker, and asked when silent?

import {
  type Outside,
  type OutsideAdapter,
  type OutsideContext,
  parse,
  type Schema,
} from '../contract/index.ts';
import { asOffshootError, badDefinition, isAvailability, OffshootError } from '../error/index.ts';
import {
  type Breaker,
  type BreakerState,
  breaker,
  type Deadline,
  deadline,
  type Protections,
  protections,
} from '../resilience/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Asked, OutsideClient, Question } from '../store/index.ts';
import { type Metrics, UNMEASURED } from '../telemetry/index.ts';

/** The adapters of one host by port name, each behind its own breaker. */
export interface OutsideWorld {
  /** With `asked`, an `at-least-once` call is made once for as long as that is kept. */
  client<C extends Readonly<Record<string, any>>>(
    port: Outside<C>,
    key: string,
    remainingMs: () => number,
    asked?: Asked,
  ): OutsideClient<C>;
  /** The names of the bound ports. */
  readonly ports: readonly string[];
  /** What the calls of a port met last; `lastMs` is how long the last answered one took. */
  look(port: string): { readonly state: BreakerState; readonly lastMs: number | undefined };
}

/** One call on its way out. */
interface Sending {
  readonly port: Outside;
  readonly adapter: OutsideAdapter;
  readonly name: string;
  readonly input: unknown;
  readonly key: string;
  readonly asked: Asked | undefined;
}

/** A call that is silent for longer is made again. */
const UNANSWERED_MS_MAX = 60_000;
/** Answers that came after their call's deadline, by port. */
const LATE = 'offshoot_outside_late_answers_total';

const askedKey = (port: Outside, key: string) => `${port.name}/${key}`;
const contextOf = (key: string, limit: Deadline): OutsideContext => ({
  ...{ key, deadlineMs: limit.remaining(), signal: limit.signal },
});
const isFailure = (error: unknown) => isAvailability(asOffshootError(error).code);

function parsed(schema: Schema, value: unknown, what: string): unknown {
  const result = parse(schema, value);
  if (result.ok) return result.value;
  throw new OffshootError('BAD_UPSTREAM', `${what}: ${result.issues[0]?.detail}`);
}

/**
 * Calls go out with an idempotency key per fact. When an answer is lost, the adapter is asked
 * what became of the key; an outcome that stays unknown is thrown as it came, and the caller
 * (a saga step, a subscription) comes again with the same key. An answer that comes too late is
 * counted; from a port that is only `at-least-once`, the caller that comes again gets it.
 */
export function outsideWorld(
  runtime: Runtime,
  adapters: Readonly<Record<string, OutsideAdapter>>,
  metrics: Metrics = UNMEASURED,
  shown: Protections = protections(),
): OutsideWorld {
  const breakers = new Map<string, Breaker>();
  const lastMs = new Map<string, number>();
  const breakerOf = (name: string): Breaker => {
    const known = breakers.get(name);
    if (known) return known;
    const made = breaker({
      name,
      clock: () => runtime.monotonic(),
      random: () => runtime.random(),
    });
    breakers.set(name, shown.breaker(made));
    return made;
  };

  /** Hands a call to its adapter. A late answer is counted, and kept for whoever comes again. */
  const send = ({ port, adapter, name, input, key, asked }: Sending, limit: Deadline) => {
    const kept = port.idempotent === 'at-least-once' ? asked : undefined;
    const answer = adapter.call(name, input, contextOf(key, limit));
    kept?.set(askedKey(port, key), { answer, since: runtime.monotonic() });
    answer.then(
      () => {
        if (limit.remaining() === 0) metrics.count(LATE, { port: port.name });
      },
      () => kept?.delete(askedKey(port, key)), // nobody knows: it has to be asked again
    );
    return answer;
  };

  /** The answer to what was asked before, late or not; but nobody waits for ever on a dead call. */
  const answerTo = async (
    { port, key, asked, name }: Sending,
    before: Question,
    limit: Deadline,
  ) => {
    try {
      return await limit.race(`${port.name}.${name}`, before.answer);
    } catch (error) {
      const isOld = runtime.monotonic() - before.since > UNANSWERED_MS_MAX;
      if (isOld) asked?.delete(askedKey(port, key));
      throw error;
    }
  };

  const attempt = async (sending: Sending, ms: number) => {
    const { port, adapter, name, key, asked } = sending;
    const limit = deadline(runtime, ms);
    const what = `${port.name}.${name}`;
    try {
      const before = asked?.get(askedKey(port, key));
      if (before) return await answerTo(sending, before, limit);
      const since = runtime.monotonic();
      const call = () => limit.race(what, send(sending, limit));
      const answer = await breakerOf(port.name).run(call, isFailure);
      lastMs.set(port.name, runtime.monotonic() - since);
      return answer;
    } catch (error) {
      const sent = asOffshootError(error).code !== 'CIRCUIT_OPEN'; // an open circuit is left alone
      if (!adapter.ask || !sent || !isFailure(error) || limit.remaining() < 1) throw error;
      const context = contextOf(key, limit);
      const known = await limit.race(what, adapter.ask(name, context)).catch(() => undefined);
      if (known === undefined) throw error;
      return known;
    } finally {
      limit.done();
    }
  };

  return {
    ports: Object.keys(adapters),
    look: (name) => ({ state: breakerOf(name).state, lastMs: lastMs.get(name) }),
    client(port, base, remainingMs, asked) {
      const adapter = adapters[port.name];
      if (!adapter)
        return badDefinition(
          `no adapter is bound to the outside port ${port.name}; bind it in the topology`,
        );
      const calls = Object.entries(port.calls).map(([name, declared]) => {
        const { input, output } = declared as { input: Schema; output: Schema };
        const call = async (given: unknown) => {
          const ms = Math.min(port.deadlineMs, remainingMs());
          const checked = parsed(input, given, `${port.name}.${name} input`);
          const sending = { port, adapter, name, input: checked, key: `${base}/${name}`, asked };
          const answer = await attempt(sending, ms);
          return parsed(output, answer, `${port.name}.${name} answer`);
        };
        return [name, call];
      });
      return Object.fromEntries(calls);
    },
  };
}
