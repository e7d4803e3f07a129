// How do many calls to another host share one connection?
import { asOffshootError, OffshootError } from '../../error/index.ts';
import type { ByteStream, Cancel, Dialler, Runtime } from '../../runtime/index.ts';
import type { Passport, Passports } from '../../security/index.ts';
import type { Call, Reply, Transport } from '../call.ts';
import { CALL_BYTES_MAX } from '../http-call.ts';
import { tooLarge } from '../http-transport.ts';
import { FRAGMENT_BYTES, frameReader, SMALL_LENGTH_MAX } from './frames.ts';
import {
  callMessage,
  LINK_PATH,
  LINK_PROTOCOL,
  PASSPORTS_MAX,
  passportMessage,
  replyOf,
  SAY,
} from './messages.ts';
import { outbox } from './outbox.ts';

export interface LinkTransportOptions {
  readonly runtime: Runtime;
  /** Where the other process answers HTTP: `http://127.0.0.1:4001`. */
  readonly url: string;
  readonly passports: Passports;
  readonly dial: Dialler;
  /** Takes the calls while the other side speaks no links. */
  readonly otherwise: Transport;
}

export interface LinkTransport {
  readonly transport: Transport;
  /** Calls from now on take a new connection; the one before ends with its last call. */
  renew(): void;
  /** Ends the connection; calls that are open are UNAVAILABLE. */
  close(): void;
}

const DIAL_MS_MAX = 5_000;
const OPEN_MAX = 10_000;
/** Until the other side is asked again whether it speaks links by now. */
const OTHERWISE_MS = 30_000;
/** What an answer may have, in bytes. */
const REPLY_BYTES_MAX = 8 * 1_048_576;
/** So many calls in a row that ran out of time, with not a byte heard since: the link is dead. */
const SILENT_MAX = 3;

interface Link {
  send(call: Call): Promise<Reply>;
  readonly isUsable: boolean;
  /** Takes no more calls, and ends with the last. */
  leave(): void;
  close(): void;
}

/**
 * Calls to one host over one connection, opened with the first call and again after it broke. It is
 * asked for with HTTP's Upgrade; with a host that declines, calls go `otherwise`.
 */
export function linkTransport(options: LinkTransportOptions): LinkTransport {
  const { runtime, url, dial, otherwise } = options;
  let link: Link | undefined;
  let dialling: Promise<Link | undefined> | undefined;
  let declinedUntil = 0;
  let isClosed = false;

  const connect = async (): Promise<Link | undefined> => {
    const asked = { url: url + LINK_PATH, protocol: LINK_PROTOCOL, timeoutMs: DIAL_MS_MAX };
    const stream = await dial(asked);
    if (!stream) declinedUntil = runtime.monotonic() + OTHERWISE_MS;
    else if (isClosed) stream.close(true);
    else link = speaking(stream, options);
    return link;
  };

  const connected = (): Promise<Link | undefined> => {
    dialling ??= connect().finally(() => {
      dialling = undefined;
    });
    return dialling;
  };

  const first = async (call: Call): Promise<Reply> => {
    if (runtime.monotonic() < declinedUntil) return otherwise(call);
    const begun = runtime.monotonic();
    try {
      const found = await connected();
      const { deadlineMs } = call.headers;
      const leftMs = Math.max(0, deadlineMs - (runtime.monotonic() - begun));
      const late = { ...call, headers: { ...call.headers, deadlineMs: leftMs } };
      return await (found ? found.send(late) : otherwise(late));
    } catch (error) {
      return failed(error);
    }
  };

  return {
    transport: (call) => (link?.isUsable ? link.send(call) : first(call)),
    renew() {
      link?.leave();
      link = undefined;
    },
    close() {
      isClosed = true;
      link?.close();
    },
  };
}

const failed = (thrown: unknown): Reply => ({
  kind: 'error',
  error: asOffshootError(thrown).toJSON(),
});

/** One open call. A class, since there are a hundred thousand a second. */
class Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly cancel: Cancel;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: (() => void) | undefined;
  constructor(
    resolve: (reply: Reply) => void,
    cancel: Cancel,
    signal: AbortSignal | undefined,
    onAbort: (() => void) | undefined,
  ) {
    this.resolve = resolve;
    this.cancel = cancel;
    this.signal = signal;
    this.onAbort = onAbort;
  }
}

function speaking(stream: ByteStream, { runtime, url, passports }: LinkTransportOptions): Link {
  const out = outbox(runtime, stream);
  const open = new Map<number, Waiting>();
  const numbers = new Map<Passport, number>();
  const shown: Passport[] = [];
  let ids = 0;
  let passportsShown = 0;
  let heard = 0; // messages
  let silent = 0;
  let isOver = false;
  let isLeaving = false;

  /** Told once a link, then only its number travels. */
  const numberOf = (passport: Passport): number => {
    const known = numbers.get(passport);
    if (known !== undefined) return known;
    passportsShown += 1;
    const number = passportsShown;
    const before = shown[number % PASSPORTS_MAX];
    if (before) numbers.delete(before);
    shown[number % PASSPORTS_MAX] = passport;
    numbers.set(passport, number);
    out.send(JSON.stringify([SAY.passport, number, ...passportMessage(passport)]));
    return number;
  };

  const settle = (id: number, reply: Reply): void => {
    const one = open.get(id);
    if (!one) return; // it came too late
    open.delete(id);
    one.cancel();
    if (one.onAbort) one.signal?.removeEventListener('abort', one.onAbort);
    one.resolve(reply);
    if (isLeaving && open.size === 0) out.close();
  };

  const abandon = (id: number, code: 'DEADLINE_EXCEEDED' | 'UNAVAILABLE', why: string): void => {
    if (!open.has(id)) return;
    out.send(`[${SAY.cancel},${id}]`);
    settle(id, failed(new OffshootError(code, why)));
  };

  const end = (): void => {
    if (isOver) return;
    isOver = true;
    const error = failed(new OffshootError('UNAVAILABLE', `the link to ${url} broke`));
    for (const id of [...open.keys()]) settle(id, error);
  };

  const expire = (id: number, what: string, heardBefore: number): void => {
    silent = heard === heardBefore ? silent + 1 : 0;
    abandon(id, 'DEADLINE_EXCEEDED', `${what} took too long`);
    if (silent >= SILENT_MAX) stream.close(true);
  };

  const post = (message: string, call: Call): void => {
    const bytes = message.length > SMALL_LENGTH_MAX ? Buffer.from(message) : undefined;
    if (bytes === undefined) out.send(message);
    else if (bytes.length > CALL_BYTES_MAX + FRAGMENT_BYTES) throw tooLarge(call);
    else out.sendBytes(bytes);
  };

  const take = (message: any): void => {
    heard += 1;
    const reply = replyOf(message);
    if (reply) settle(message[1], reply);
    else if (message[0] === SAY.goAway) leave();
  };

  const leave = (): void => {
    isLeaving = true;
    if (open.size === 0) out.close();
  };

  const read = frameReader(take, REPLY_BYTES_MAX);
  stream.listen({
    onBytes(bytes) {
      try {
        read(bytes);
      } catch {
        stream.close(true);
      }
    },
    onDrain: out.resume,
    onClose: end,
  });

  return {
    get isUsable() {
      return !isOver && !isLeaving;
    },
    leave,
    close: () => stream.close(true),
    send(call) {
      const { principal, service, operation, headers, signal } = call;
      if (signal?.aborted) return Promise.resolve(failed(givenUp()));
      if (isOver || isLeaving) return Promise.resolve(failed(unsent(url)));
      if (open.size >= OPEN_MAX)
        return Promise.resolve(
          failed(new OffshootError('OVERLOADED', `${OPEN_MAX} calls to ${url} are open`)),
        );
      ids += 1;
      const id = ids;
      return new Promise((resolve) => {
        try {
          const input = JSON.stringify(call.input);
          if (input !== undefined && input.length > CALL_BYTES_MAX) throw tooLarge(call);
          const passport = passports(principal, service);
          // A large one may be overtaken by so many passports that its number means nobody any more.
          const isLarge = input !== undefined && input.length > SMALL_LENGTH_MAX / 2;
          const shownAs = isLarge ? passportMessage(passport) : numberOf(passport);
          post(callMessage(id, shownAs, call, input), call);
        } catch (error) {
          return resolve(failed(error));
        }
        const before = heard;
        const late = () => expire(id, `${service}.${operation}`, before);
        const cancel = runtime.after(Math.max(0, headers.deadlineMs), late);
        const onAbort = signal && (() => abandon(id, 'UNAVAILABLE', 'the caller gave up'));
        if (onAbort) signal.addEventListener('abort', onAbort, { once: true });
        open.set(id, new Waiting(resolve, cancel, signal, onAbort));
      });
    },
  };
}

/** It ended, or said that it will, between two turns: this call was not sent. */
const unsent = (url: string) =>
  new OffshootError('DRAINING', `${url} takes no new calls`, { details: { sent: false } });
const givenUp = () => new OffshootError('UNAVAILABLE', 'the caller gave up before it asked');
