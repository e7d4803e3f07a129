// How does a bench call an operation as somebody from outside would?
import type { InputFor, Operation } from 'offshoot/contract';
import { invoke } from 'offshoot/rpc';
import { Principal } from 'offshoot/security';
import type { OneProcess } from './one-process.ts';

const PRINCIPAL = new Principal({ kind: 'user', id: 'bench' });

/** Validated, authorised, with a deadline and an idempotency key: nothing is left out. */
export function caller({ transport, runtime }: OneProcess) {
  return <Op extends Operation<any, any, any, any>>(
    operation: Op,
    input: InputFor<Op>,
    idempotencyKey: string,
  ) => {
    const correlationId = runtime.id();
    return invoke({ transport, principal: PRINCIPAL }, operation, input, {
      deadlineMs: 30_000,
      correlationId,
      causationId: correlationId,
      traceparent: '',
      idempotencyKey,
    });
  };
}
