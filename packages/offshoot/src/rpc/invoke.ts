// How does a caller use an operation: typed input in, typed result or refusal out?
import {
  type Criticality,
  type InputFor,
  type Operation,
  parse,
  type RefusalFor,
  type ResultFor,
} from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import type { Principal } from '../security/index.ts';
import type { CallHeaders, Reply, Transport } from './call.ts';

export interface Caller {
  readonly transport: Transport;
  readonly principal: Principal;
  /** Called when an answer may be older than the call's `after`. */
  readonly onStale?: (() => void) | undefined;
}

/** What is usual is not said. */
const rank = (criticality: Criticality): { readonly criticality?: Criticality } =>
  criticality === 'default' ? {} : { criticality };

const strange = (operation: Operation, what: string) =>
  new OffshootError('BAD_UPSTREAM', `${operation.service}.${operation.name} ${what}`);

/**
 * Calls an operation. A refusal that the contract declares is returned; every other failure is
 * thrown, and is about availability unless the callee said otherwise: an answer that does not
 * parse is a bad upstream, never a refusal.
 */
export function invoke<Op extends Operation<any, any, any, any>>(
  { transport, principal, onStale }: Caller,
  operation: Op,
  input: InputFor<Op>,
  headers: CallHeaders,
): Promise<ResultFor<Op> | RefusalFor<Op>> {
  const { service, name } = operation;
  const deadlineMs = Math.min(headers.deadlineMs, operation.deadlineMs);
  const repeatable = operation.kind === 'query' || headers.idempotencyKey !== undefined;
  const own = { service, operation: name, input, principal, repeatable };
  const { criticality = operation.criticality } = headers;
  const call = { ...own, headers: { ...headers, deadlineMs, ...rank(criticality) } };
  return transport(call).then((reply) => {
    if (reply.kind !== 'error' && reply.stale) onStale?.();
    return resultOf(operation, reply);
  });
}

/** What a caller gets of a reply. Throws what `invoke` throws. */
export function resultOf<Op extends Operation<any, any, any, any>>(
  operation: Op,
  reply: Reply,
): ResultFor<Op> | RefusalFor<Op> {
  if (reply.kind === 'error') throw OffshootError.from(reply.error);
  if (reply.kind === 'refusal') {
    if (!Object.hasOwn(operation.refusals, reply.code))
      throw strange(operation, `refused with ${reply.code}, which it does not declare`);
    return { refusal: reply.code, data: reply.data } as RefusalFor<Op>;
  }
  const parsed = parse(operation.output, reply.value);
  if (!parsed.ok) throw strange(operation, `answered something else: ${parsed.issues[0]?.detail}`);
  return parsed.value as ResultFor<Op>;
}
