// How is the outside world called: keyed, bounded, behind a breaker, and asked when silent?

import {
  type Outside,
  type OutsideAdapter,
  type OutsideContext,
  parse,
  type Schema,
} from '../contract/index.ts';
import { asOffshootError, badDefinition, isAvailability, OffshootError } from '../error/index.ts';
import { type Breaker, type BreakerState, breaker, deadline } from '../resilience/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { OutsideClient } from '../store/index.ts';

/** The adapters of one host by port name, each behind its own breaker. */
export interface OutsideWorld {
  client<C extends Readonly<Record<string, any>>>(
    port: Outside<C>,
    key: string,
    remainingMs: () => number,
  ): OutsideClient<C>;
  /** The names of the bound ports. */
  readonly ports: readonly string[];
  /** What the calls of a port met last; `lastMs` is how long the last answered one took. */
  look(port: string): { readonly state: BreakerState; readonly lastMs: number | undefined };
}

const isFailure = (error: unknown) => isAvailability(asOffshootError(error).code);

function parsed(schema: Schema, value: unknown, what: string): unknown {
  const result = parse(schema, value);
  if (result.ok) return result.value;
  throw new OffshootError('BAD_UPSTREAM', `${what}: ${result.issues[0]?.detail}`);
}

/**
 * Calls go out with an idempotency key per fact. When an answer is lost, the adapter is asked
 * what became of the key; an outcome that stays unknown is thrown as it came, and the caller
 * (a saga step, a subscription) comes again with the same key.
 */
export function outsideWorld(
  runtime: Runtime,
  adapters: Readonly<Record<string, OutsideAdapter>>,
): OutsideWorld {
  const breakers = new Map<string, Breaker>();
  const lastMs = new Map<string, number>();
  const breakerOf = (name: string): Breaker => {
    const made =
      breakers.get(name) ??
      breaker({ name, clock: () => runtime.monotonic(), random: () => runtime.random() });
    breakers.set(name, made);
    return made;
  };

  const attempt = async (
    port: Outside,
    adapter: OutsideAdapter,
    name: string,
    input: unknown,
    key: string,
    ms: number,
  ) => {
    const limit = deadline(runtime, ms);
    const context = (): OutsideContext => ({
      key,
      deadlineMs: limit.remaining(),
      signal: limit.signal,
    });
    const what = `${port.name}.${name}`;
    const send = () => limit.race(what, adapter.call(name, input, context()));
    try {
      const since = runtime.monotonic();
      const answer = await breakerOf(port.name).run(send, isFailure);
      lastMs.set(port.name, runtime.monotonic() - since);
      return answer;
    } catch (error) {
      const sent = asOffshootError(error).code !== 'CIRCUIT_OPEN'; // an open circuit is left alone
      if (!adapter.ask || !sent || !isFailure(error) || limit.remaining() < 1) throw error;
      const known = await limit.race(what, adapter.ask(name, context())).catch(() => undefined);
      if (known === undefined) throw error;
      return known;
    } finally {
      limit.done();
    }
  };

  return {
    ports: Object.keys(adapters),
    look: (name) => ({ state: breakerOf(name).state, lastMs: lastMs.get(name) }),
    client(port, base, remainingMs) {
      const adapter = adapters[port.name];
      if (!adapter)
        return badDefinition(
          `no adapter is bound to the outside port ${port.name}; bind it in the topology`,
        );
      const calls = Object.entries(port.calls).map(([name, declared]) => {
        const { input, output } = declared as { input: Schema; output: Schema };
        const call = async (given: unknown) => {
          const ms = Math.min(port.deadlineMs, remainingMs());
          const sent = parsed(input, given, `${port.name}.${name} input`);
          const answer = await attempt(port, adapter, name, sent, `${base}/${name}`, ms);
          return parsed(output, answer, `${port.name}.${name} answer`);
        };
        return [name, call];
      });
      return Object.fromEntries(calls);
    },
  };
}
