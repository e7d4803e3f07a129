// What happens between a call and its reply?
import { isRefused, type Operation, parse, type Refused } from '../contract/index.ts';
import { asOffshootError, OffshootError } from '../error/index.ts';
import type { Cause } from '../messaging/index.ts';
import type { Call, Reply } from '../rpc/index.ts';
import type { Also, Outcome } from '../saga/index.ts';
import { authorise } from '../security/index.ts';
import {
  type Change,
  type Document,
  formatPosition,
  type Needs,
  one,
  type Reach,
  runUnit,
  type Stamp,
  type UnitContext,
  type UnitOfWork,
} from '../store/index.ts';
import { openSpan, type Tracer } from '../telemetry/index.ts';
import type { Freshness } from './freshness.ts';
import type { CommandHandler, Given, Handler, QueryHandler, Recorded } from './handler.ts';
import {
  type Fingerprints,
  keepReply,
  type ReplyRecord,
  type ReplySlot,
  replyId,
  replySlot,
  storedReply,
} from './replies.ts';

export interface ExecuteContext extends UnitContext {
  readonly service: string;
  readonly tracer?: Tracer;
  stamp(cause: Cause & { readonly actor?: string; readonly tenant?: string }): Stamp;
  lower(unit: Omit<UnitOfWork, 'reply'>, stamp: Stamp): Change;
  reach(key: string, cause: Cause, remainingMs: () => number): Reach;
  readonly fresh: Freshness;
}

const KEY_LENGTH_MAX = 255;

/** What a command is made from may be stale: what it decides on is read with the decision. */
const unheard = (): void => {};

const refusalReply = ({ refusal: code, data }: Refused): Reply => ({ kind: 'refusal', code, data });

/** What a saga journals of a reply. */
export function outcomeOf(reply: Reply): Outcome {
  if (reply.kind === 'output') return { kind: 'result', value: reply.value };
  if (reply.kind === 'refusal') return { kind: 'refusal', code: reply.code };
  return { kind: 'unknown', code: reply.error.code };
}

function parsedInput(operation: Operation<any, any, any, any>, input: unknown): unknown {
  const parsed = parse(operation.input, input);
  if (parsed.ok) return parsed.value;
  const message = `the input of ${operation.service}.${operation.name} does not fit`;
  throw new OffshootError('VALIDATION_FAILED', message, { details: { errors: parsed.issues } });
}

/** A refusal must be one that the contract declares: anything else is a bug of the handler. */
function declared(operation: Operation<any, any, any, any>, refused: Refused): Refused {
  if (Object.hasOwn(operation.refusals, refused.refusal)) return refused;
  const message = `${operation.service}.${operation.name} does not declare ${refused.refusal}`;
  throw new OffshootError('INTERNAL_ERROR', message);
}

/** What a decision changes: a refusal changes nothing unless it says so. */
function unitOf(decided: UnitOfWork | Refused): Omit<UnitOfWork, 'reply'> {
  if (!isRefused(decided)) return decided;
  return (decided as Partial<Recorded<Refused>>).unit ?? {};
}

/** A command on its way. */
interface Commanding {
  readonly handler: CommandHandler;
  readonly cause: Cause;
  readonly stamp: Stamp;
  readonly given: Given<any>;
  readonly slot: ReplySlot | undefined;
  readonly also: Also | undefined;
}

/** Runs handlers of one service. `also` joins the commit of a command (a saga's own step). */
export function executor(context: ExecuteContext) {
  const { runtime, keyring, service } = context;

  const hash = (text: string): string =>
    Buffer.from(runtime.cryptography.hmacSha256(keyring.lookupKey, text)).toString('base64url');

  const fingerprintsOf = (sent: unknown, validated: unknown): Fingerprints => {
    const [before, after] = [JSON.stringify(sent) ?? '', JSON.stringify(validated) ?? ''];
    const fingerprint = hash(after);
    return before === after ? { fingerprint } : { fingerprint, sent: hash(before) };
  };

  const slotOf = (
    call: Call,
    operation: Operation<any, any, any, any>,
    input: unknown,
  ): ReplySlot | undefined => {
    const key = call.headers.idempotencyKey;
    if (key === undefined) {
      if (operation.spec.idempotencyKey !== 'required') return undefined;
      const message =
        'send a fresh Idempotency-Key with each new order and the same one with a repeat';
      throw new OffshootError('IDEMPOTENCY_KEY_REQUIRED', message);
    }
    if (key === '' || key.length > KEY_LENGTH_MAX)
      throw new OffshootError(
        'VALIDATION_FAILED',
        `an Idempotency-Key has 1 to ${KEY_LENGTH_MAX} characters`,
      );
    return replySlot(call.principal, operation.name, key, fingerprintsOf(call.input, input));
  };

  /** What the keys of calls to the outside derive from: the same for a repeat with the same key. */
  const scopeOf = ({ principal, operation, headers }: Call, id: string): string => {
    const key = headers.idempotencyKey;
    const own = key === undefined ? `${operation}|${id}` : replyId(principal, operation, key);
    return `${service}|${own}`;
  };

  const begin = (call: Call, { operation }: Handler, missed: () => void) => {
    const { principal, headers } = call;
    const { after: text } = headers;
    authorise(operation.access, principal);
    const input = parsedInput(operation, call.input);
    const cause = {
      correlation: headers.correlationId,
      causation: headers.causationId,
      traceparent: headers.traceparent,
      ...(headers.attempt === undefined ? undefined : { attempt: headers.attempt }),
      actor: principal.name,
      tenant: principal.tenant,
    };
    const stamp = context.stamp(cause);
    const id = runtime.id();
    const asking: Cause = text === undefined ? cause : { ...cause, after: { text, missed } };
    return { cause: asking, stamp, given: { input, principal, id, at: stamp.at } };
  };

  /** Milliseconds that are left of a call from now on. */
  const remainingOf = ({ headers }: Call) => {
    const end = runtime.monotonic() + headers.deadlineMs;
    return () => Math.max(0, end - runtime.monotonic());
  };

  const stored = async (slot: ReplySlot, at: number): Promise<Reply | undefined> => {
    const needs = () => ({ found: one(slot.collection, slot.id) });
    return (await runUnit(context, needs, ({ found }) => ({ value: storedReply(slot, found, at) })))
      .value;
  };

  const command = (call: Call, handler: CommandHandler, also?: Also): Promise<Reply> => {
    const begun = begin(call, handler, unheard);
    // What a saga's own step commits is remembered by the saga's record, in the same commit.
    const slot = also ? undefined : slotOf(call, handler.operation, begun.given.input);
    const commanding = { ...begun, handler, slot, also };
    const { prepare } = handler.handling;
    return prepare ? prepareFirst(call, prepare, commanding) : decideOn(commanding, undefined);
  };

  const prepareFirst = async (
    call: Call,
    prepare: NonNullable<CommandHandler['handling']['prepare']>,
    commanding: Commanding,
  ): Promise<Reply> => {
    const { cause, stamp, given, slot } = commanding;
    const remaining = remainingOf(call);
    const before = slot && (await stored(slot, stamp.at));
    if (before) return before;
    const scope = scopeOf(call, given.id);
    return decideOn(commanding, await prepare(given, context.reach(scope, cause, remaining)));
  };

  const decideOn = (commanding: Commanding, prepared: unknown): Promise<Reply> => {
    const { stamp, given, slot, also, handler } = commanding;
    const { operation, handling } = handler;
    const { load, decide } = handling;
    const early = isRefused(prepared) ? declared(operation, prepared) : undefined;
    const seen = { ...given, prepared };
    const needs = (): Needs => ({
      ...(early ? undefined : load?.(seen)),
      ...also?.needs(),
      ...(slot ? { 'offshoot.reply': one(slot.collection, slot.id) } : undefined),
    });
    const outcome = runUnit<any, Reply>(context, needs, (loaded) => {
      const found = loaded['offshoot.reply'] as Document<ReplyRecord> | undefined;
      const reply = slot && storedReply(slot, found, stamp.at);
      if (reply) return { value: reply };
      const decided = early ?? decide({ ...seen, loaded });
      const refused = isRefused(decided) ? refusalReply(declared(operation, decided)) : undefined;
      const made: Reply = refused ?? {
        kind: 'output',
        value: (decided as UnitOfWork).reply,
        after: '',
      };
      const change = context.lower(unitOf(decided), stamp);
      const kept = slot ? [keepReply(slot, made, stamp.at, found)] : [];
      const joined = also?.change(outcomeOf(made), loaded, stamp);
      const appends = joined ? [...change.appends, ...joined.appends] : change.appends;
      const documents = [...change.documents, ...kept, ...(joined?.documents ?? [])];
      if (appends.length + documents.length === 0) return { value: made };
      return { change: { ...joined, appends, documents, stamp }, value: made };
    });
    return outcome.then(({ value, position }) => withPosition(service, value, position));
  };

  const query = async (call: Call, handler: QueryHandler): Promise<Reply> => {
    const { operation, handling } = handler;
    const { prepare, load, answer } = handling;
    let isStale = false;
    const { cause, given } = begin(call, handler, () => {
      isStale = true;
    });
    const remaining = remainingOf(call);
    /** The reply, marked if it may be older than the caller has asked for. */
    const marked = (reply: Reply): Reply =>
      isStale && reply.kind !== 'error' ? { ...reply, stale: true } : reply;
    let prepared: unknown;
    if (prepare) {
      const scope = `${service}|${operation.name}|${given.id}`;
      prepared = await prepare(given, context.reach(scope, cause, remaining));
    }
    if (isRefused(prepared)) return marked(refusalReply(declared(operation, prepared)));
    const seen = { ...given, prepared };
    const needs = (): Needs => load?.(seen) ?? {};
    if (cause.after) await context.fresh.wait(cause.after, needs(), remaining());
    const { value, position } = await runUnit(context, needs, (loaded) => {
      const answered = answer({ ...seen, loaded });
      if (isRefused(answered)) return { value: refusalReply(declared(operation, answered)) };
      return { value: { kind: 'output', value: answered, after: '' } as Reply };
    });
    return marked(withPosition(service, value, position));
  };

  return {
    /** Never throws: what goes wrong is an error reply. */
    execute(given: Call, handler: Handler, also?: Also): Promise<Reply> {
      const { correlationId: correlation, traceparent: parent } = given.headers;
      const name = `${service}.${given.operation}`;
      const span = openSpan(context, name, { correlation, traceparent: parent });
      const { traceparent } = span;
      const call = traceparent === parent ? given : below(given, traceparent);
      const ended = (reply: Reply): Reply => {
        span.end(outcomeName(reply));
        return reply;
      };
      const failed = (thrown: unknown): Reply =>
        ended({ kind: 'error', error: asOffshootError(thrown).toJSON() });
      try {
        const reply =
          handler.kind === 'command' ? command(call, handler, also) : query(call, handler);
        return reply.then(ended, failed);
      } catch (thrown) {
        return Promise.resolve(failed(thrown));
      }
    },
  };
}

const below = (call: Call, traceparent: string): Call => ({
  ...call,
  headers: { ...call.headers, traceparent },
});

function outcomeName(reply: Reply): string {
  if (reply.kind === 'output') return 'ok';
  return reply.kind === 'refusal' ? reply.code : reply.error.code;
}

function withPosition(
  service: string,
  reply: Reply,
  position: { epoch: number; seq: number },
): Reply {
  if (reply.kind !== 'output' || reply.replayed) return reply;
  return { ...reply, after: `${service}=${formatPosition(position)}` };
}
