// How does the process that holds a store's file do what other processes ask of it?
import { OffshootError } from '../../error/index.ts';
import type { Runtime } from '../../runtime/index.ts';
import { KeyMissing } from '../../security/index.ts';
import type { StreamRead } from '../need.ts';
import type { Position } from '../position.ts';
import type { Change, Store } from '../store.ts';
import { forgetGone, recalled, remembered } from './clients.ts';
import { pageText, type Room, room } from './room.ts';
import {
  type Call,
  EXCHANGE_CALLS_MAX,
  type Exchange,
  type Follow,
  type LogCall,
  type Opened,
  PROTOCOL,
  type Primitive,
  type ReadCall,
  type Seen,
  type Status,
  type UnitCall,
} from './wire.ts';

/** One store, for clients in other processes. What it answers is JSON. */
export interface Writer {
  open(asked: { readonly protocol: number }): Promise<Opened>;
  /** Does the calls in this turn, answers when what they saw is durable, or known to be lost. */
  exchange(asked: Exchange): Promise<string>;
  /** Answers when the head is not the one that the client knows, or after `waitMs`. */
  follow(asked: Follow, signal: AbortSignal): Promise<Status>;
  /** Whoever waits is answered now. */
  close(): void;
}

export interface WriterOptions {
  readonly runtime: Runtime;
  /** It answers in the turn, and knows `REMOTE_COLLECTIONS`. */
  readonly store: Store;
  /** Told what failed that is no error of ours; the client learns only that it did. */
  readonly onCrash: (cause: unknown) => void;
}

const FOLLOW_MS_MAX = 30_000;
const LOG_LIMIT_MAX = 10_000;

const AGAIN = '{"again":true}';
const conflict = (message: string) => new OffshootError('CONFLICT', message);

export function writer({ runtime, store, onCrash }: WriterOptions): Writer {
  const self = runtime.id();
  const followers = new Set<() => void>();
  const wakeAll = (): void => {
    for (const wake of followers) wake();
  };
  const unsubscribe = store.onDurable(wakeAll);
  let closed = false;

  const status = (): Status => ({
    ...{ writer: self, failures: store.failures },
    ...{ head: store.head(), epochs: store.epochs },
  });

  const refuseOther = (identity: string): void => {
    if (identity === store.identity) return;
    const message = 'this is another store than the one that was opened: start the host anew';
    throw new OffshootError('STORE_MISMATCH', message);
  };

  const failed = (thrown: unknown): string => {
    if (thrown instanceof KeyMissing) return JSON.stringify({ keyMissing: thrown.subject });
    if (thrown instanceof OffshootError) return JSON.stringify({ error: thrown });
    onCrash(thrown); // its message may quote a value: it goes no further
    const what = new OffshootError('INTERNAL_ERROR', 'the writer failed; its log says how');
    return JSON.stringify({ error: what });
  };

  const found = (need: Primitive): unknown => {
    if (!PRIMITIVES.has(need.kind)) throw malformed(`there is no need '${need.kind}'`);
    const value: unknown = store.load(need);
    if (value instanceof Promise) throw malformed('the store does not answer in the turn');
    return value;
  };
  const textOf = (value: unknown): string => JSON.stringify(value) ?? 'null';

  const sumOf = (text: string): string =>
    Buffer.from(runtime.cryptography.sha256(text)).toString('base64url').slice(0, MARK_CHARS);

  /** What a need reads now. A stream only grows, so of a long one its version is enough. */
  const markNow = (need: Primitive): string => {
    if (need.kind !== 'stream') return sumOf(textOf(found(need)));
    const rest = found({ ...need, after: Number.MAX_SAFE_INTEGER }) as StreamRead;
    return String(rest.version);
  };

  const markOf = ({ kind }: Primitive, value: unknown, text: string): string => {
    if (kind === 'clock') return '';
    return kind === 'stream' ? String((value as StreamRead).version) : sumOf(text);
  };

  const refuseChanged = (seen: readonly Seen[]): void => {
    for (const { need, mark } of seen)
      if (markNow(need) !== mark) throw conflict('what this unit read is not so any more');
  };

  const readAll = ({ needs, seen }: ReadCall, left: Room): string => {
    refuseChanged(seen);
    const values = needs.map(found);
    const texts = values.map(textOf);
    const chars = texts.reduce((sum, { length }) => sum + length, 0);
    if (!left.take(chars)) return AGAIN;
    const marks = texts.map((text, index) => markOf(needs[index]!, values[index], text));
    return `{"values":[${texts.join(',')}],"marks":${JSON.stringify(marks)}}`;
  };

  /** It is durable, or in an open flush; a flush that fails may be another's. */
  const known = async (client: string, number: number): Promise<string> => {
    for (;;) {
      try {
        await store.settled();
        return positioned(store.head());
      } catch (error) {
        if (recalled(store, client, number) !== 'taken') throw error;
      }
    }
  };

  /** The check and the stage are one turn: nothing comes between what was recalled and the commit. */
  const unit = (call: UnitCall, { client, floor }: Exchange): Promise<string> => {
    const { number, change } = call;
    const memory = recalled(store, client, number);
    if (memory === 'over') throw conflict('its sender has given this unit up');
    if (memory === 'taken') return known(client, number);
    if (call.writer !== self) throw conflict('another process took the file since it was read');
    refuseChanged(call.seen);
    const mark = remembered(store, client, { number, floor });
    const marked: Change = { ...change, documents: [...change.documents, mark] };
    return store.stage(marked, call.basis).then(({ position }) => positioned(position));
  };

  const paged = async ({ kind, after, limit, only }: LogCall, left: Room): Promise<string> => {
    const most = Math.min(limit, LOG_LIMIT_MAX);
    const page =
      kind === 'log'
        ? await store.readLog(after, most, only)
        : await (store.readFacts ?? noFacts)(after, most);
    return pageText(page, left) ?? AGAIN;
  };

  const done = async (call: Call, asked: Exchange, left: Room): Promise<string> => {
    switch (call.kind) {
      case 'read':
        return readAll(call, left);
      case 'unit':
        return unit(call, asked);
      case 'log':
      case 'facts':
        return paged(call, left);
      default:
        throw malformed('there is no such call');
    }
  };

  return {
    async open({ protocol }) {
      if (protocol !== PROTOCOL) {
        const message = `the writer speaks version ${PROTOCOL} to other processes, not ${protocol}: start the same release`;
        throw new OffshootError('STORE_MISMATCH', message);
      }
      await forgetGone(store).catch(onCrash);
      return { protocol: PROTOCOL, identity: store.identity, ...status() };
    },
    async exchange(asked) {
      if (closed) throw new OffshootError('DRAINING', 'the process that holds the file stops');
      refuseOther(asked.store);
      const { calls } = asked;
      if (!Array.isArray(calls) || calls.length > EXCHANGE_CALLS_MAX)
        throw malformed(`an exchange has at most ${EXCHANGE_CALLS_MAX} calls`);
      const left = room();
      const outcomes = calls.map((call) => done(call, asked, left).catch(failed));
      const settled = store.settled().catch(() => {}); // then `failures` says so
      const texts = await Promise.all(outcomes);
      await settled;
      return `${JSON.stringify(status()).slice(0, -1)},"outcomes":[${texts.join(',')}]}`;
    },
    async follow({ store: identity, writer: known, head, waitMs }, signal) {
      refuseOther(identity);
      const isNews = () =>
        closed ||
        known !== self ||
        head.seq !== store.head().seq ||
        head.epoch !== store.head().epoch;
      if (!isNews())
        await new Promise<void>((resolve) => {
          const end = (): void => {
            followers.delete(end);
            cancel();
            resolve();
          };
          const cancel = runtime.after(Math.min(waitMs, FOLLOW_MS_MAX), end);
          followers.add(end);
          signal.addEventListener('abort', end, { once: true });
        });
      return status();
    },
    close() {
      closed = true;
      unsubscribe();
      wakeAll();
    },
  };
}

const MARK_CHARS = 22; // 132 bits
const PRIMITIVES: ReadonlySet<string> = new Set([
  'one',
  'many',
  'where',
  'ended',
  'stream',
  'clock',
]);

const positioned = (position: Position): string => JSON.stringify({ position });
const malformed = (message: string) => new OffshootError('MALFORMED_BODY', message);
const noFacts = (): never => {
  throw malformed('this store has no lean pages');
};
