// How does a program call a whole contract by its operations' names?
import {
  type AnyContract,
  type InputFor,
  jsonCopy,
  type Operation,
  type RefusalFor,
  type ResultFor,
} from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { newTraceparent } from '../telemetry/index.ts';
import { BATCH_MAX, BATCH_OPERATION } from './batch.ts';
import type { CallHeaders, Reply } from './call.ts';
import { type Caller, invoke, resultOf } from './invoke.ts';

/** What one call says beside its input. */
export type CallOptions = Partial<CallHeaders>;

type Ops<C extends AnyContract> = C['operations'];
type Queries<C extends AnyContract> = {
  [N in keyof Ops<C>]: Ops<C>[N] extends Operation<'query', any, any, any> ? N : never;
}[keyof Ops<C>];
type Answer<Op> = Promise<ResultFor<Op> | RefusalFor<Op>>;

/** A function for each operation. Refusals are returned, everything else is thrown. */
export type Client<C extends AnyContract> = {
  readonly [N in keyof Ops<C>]: (
    input: InputFor<Ops<C>[N]>,
    options?: CallOptions,
  ) => Answer<Ops<C>[N]>;
} & {
  /** The queries again: those that are asked in one turn travel as one call, equal ones as one question. */
  readonly batch: {
    readonly [N in Queries<C>]: (input: InputFor<Ops<C>[N]>) => Answer<Ops<C>[N]>;
  };
};

export interface ClientOptions extends Caller {
  readonly runtime: Runtime;
  /** What every call belongs to. @default a new correlation and trace for each call */
  readonly headers?: CallOptions;
}

/**
 * A client of a contract, whatever the way there.
 *
 * @example
 * const stock = client(inventory, { runtime, transport, principal });
 * const [a, b] = await Promise.all([stock.batch.stock({ sku: 'A' }), stock.batch.stock({ sku: 'B' })]);
 */
export function client<C extends AnyContract>(contract: C, options: ClientOptions): Client<C> {
  const { runtime } = options;
  const headersOf = (operation: Operation, given: CallOptions = {}): CallHeaders => {
    const id = runtime.id();
    return {
      ...{ deadlineMs: operation.deadlineMs, correlationId: id, causationId: id },
      traceparent: newTraceparent(runtime),
      ...options.headers,
      ...given,
    };
  };
  const operations = Object.entries(contract.operations);
  const calls = operations.map(([name, operation]) => [
    name,
    (input: any, given?: CallOptions) =>
      invoke(options, operation, input, headersOf(operation, given)),
  ]);
  const ask = batching(contract.name, options, headersOf);
  const queries = operations.filter(([, { kind }]) => kind === 'query');
  const batch = queries.map(([name, operation]) => [name, (input: any) => ask(operation, input)]);
  return { ...Object.fromEntries(calls), batch: Object.fromEntries(batch) };
}

interface Waiting {
  readonly operation: Operation;
  readonly input: unknown;
  readonly reply: Promise<Reply>;
  resolve(reply: Reply): void;
}

/** Gathers what is asked until the end of the turn. */
function batching(
  service: string,
  { runtime, transport, principal }: ClientOptions,
  headersOf: (operation: Operation) => CallHeaders,
) {
  let gathered = new Map<string, Waiting>();

  const send = async (asked: readonly Waiting[]): Promise<void> => {
    const [first] = asked;
    const deadlineMs = Math.min(...asked.map(({ operation }) => operation.deadlineMs));
    const headers = { ...headersOf(first!.operation), deadlineMs };
    const input = asked.map(({ operation, input: of }) => ({
      operation: operation.name,
      input: of,
    }));
    const call = { service, operation: BATCH_OPERATION, input, principal, repeatable: true };
    const whole = await transport({ ...call, headers });
    for (const [index, one] of asked.entries()) one.resolve(partOf(whole, index));
  };

  const flush = (): void => {
    const all = [...gathered.values()];
    gathered = new Map();
    for (let at = 0; at < all.length; at += BATCH_MAX) void send(all.slice(at, at + BATCH_MAX));
  };

  return async (operation: Operation, input: unknown): Promise<any> => {
    const key = `${operation.name} ${JSON.stringify(input)}`;
    const known = gathered.get(key);
    if (!known && gathered.size === 0) runtime.endOfTurn(flush);
    const { promise: reply, resolve } = Promise.withResolvers<Reply>();
    const one = known ?? { operation, input, reply, resolve };
    gathered.set(key, one);
    return resultOf(operation, jsonCopy(await one.reply) as Reply);
  };
}

/** A batch that failed as a whole failed for everybody who asked. */
function partOf(whole: Reply, index: number): Reply {
  if (whole.kind === 'error') return whole;
  const parts = whole.kind === 'output' && Array.isArray(whole.value) ? whole.value : [];
  if (parts[index]?.kind) return parts[index];
  const error = new OffshootError('BAD_UPSTREAM', 'a batch was answered with something else');
  return { kind: 'error', error: error.toJSON() };
}
