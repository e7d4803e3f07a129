// How do plain functions answer for a contract, where there is no store and no service around them?
import {
  type AnyContract,
  isRefused,
  type ParsedFor,
  parse,
  type RefusalFor,
  type ReplyFor,
} from '../contract/index.ts';
import { asOffshootError, OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { authorise, type Principal } from '../security/index.ts';
import { openSpan, type Tracer, UNTRACED } from '../telemetry/index.ts';
import type { Call, CallHeaders, Reply } from './call.ts';
import type { Callee } from './in-process.ts';

/** What a function is told of its call. */
export interface Asked<Input> {
  readonly input: Input;
  readonly principal: Principal;
  readonly headers: CallHeaders;
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal | undefined;
}

/** One function for each operation: resolves with the output, or with a declared refusal. */
export type Answers<C extends AnyContract> = {
  readonly [N in keyof C['operations']]: (
    asked: Asked<ParsedFor<C['operations'][N]>>,
  ) => Promise<ReplyFor<C['operations'][N]> | RefusalFor<C['operations'][N]>>;
};

export interface AnsweringOptions {
  readonly runtime: Runtime;
  /** @default nobody looks */
  readonly tracer?: Tracer;
}

/**
 * A callee of functions: it authorises, parses the input, and lets only declared refusals out. What
 * is thrown is an error reply. Nothing is stored: a key of the caller is for the function to heed.
 *
 * @example
 * const callee = answering(stock, { look: async ({ input }) => ({ left: 3 }) }, { runtime });
 */
export function answering<C extends AnyContract>(
  { name: service, operations }: C,
  answers: Answers<C>,
  { runtime, tracer = UNTRACED }: AnsweringOptions,
): Callee {
  const around = { runtime, tracer, service };

  const answer = async (call: Call): Promise<Reply> => {
    const operation = Object.hasOwn(operations, call.operation)
      ? operations[call.operation]
      : undefined;
    if (!operation)
      throw new OffshootError('UNAVAILABLE', `${service} has no operation ${call.operation} here`);
    const { principal, headers, signal } = call;
    authorise(operation.access, principal);
    const parsed = parse(operation.input, call.input);
    if (!parsed.ok) {
      const message = `the input of ${service}.${operation.name} does not fit`;
      const details = { errors: parsed.issues };
      throw new OffshootError('VALIDATION_FAILED', message, { details });
    }
    const input = parsed.value as any;
    const value: unknown = await answers[call.operation]!({ input, principal, headers, signal });
    if (!isRefused(value)) return { kind: 'output', value, after: '' };
    if (Object.hasOwn(operation.refusals, value.refusal))
      return { kind: 'refusal', code: value.refusal, data: value.data };
    const message = `${service}.${operation.name} does not declare ${value.refusal}`;
    throw new OffshootError('INTERNAL_ERROR', message);
  };

  return async (call) => {
    const { correlationId: correlation, traceparent } = call.headers;
    const span = openSpan(around, `${service}.${call.operation}`, { correlation, traceparent });
    let reply: Reply;
    try {
      reply = await answer(call);
    } catch (thrown) {
      reply = { kind: 'error', error: asOffshootError(thrown).toJSON() };
    }
    span.end(outcomeOf(reply));
    return reply;
  };
}

function outcomeOf(reply: Reply): string {
  if (reply.kind === 'output') return 'ok';
  return reply.kind === 'refusal' ? reply.code : reply.error.code;
}
