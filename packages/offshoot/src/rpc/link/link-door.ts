// How does a process answer the calls that come on links from other hosts?
import { asOffshootError, OffshootError } from '../../error/index.ts';
import type { ByteStream, Runtime } from '../../runtime/index.ts';
import type { Passport } from '../../security/index.ts';
import type { Reply } from '../call.ts';
import type { CallDoor, ForeignCall } from '../call-door.ts';
import { CALL_BYTES_MAX } from '../http-call.ts';
import { frameReader } from './frames.ts';
import {
  type CallMessage,
  headersOf,
  INPUT_AT,
  PASSPORTS_MAX,
  passportIn,
  replyMessage,
  SAY,
} from './messages.ts';
import { outbox } from './outbox.ts';

export interface LinkDoor {
  /** Speaks on a connection that another host has opened. */
  accept(stream: ByteStream): void;
  /** From now on no new calls: what comes all the same is answered with DRAINING. */
  goAway(): void;
  /** Ends all links at once. */
  close(): void;
}

/** What a message needs around its input. */
const MESSAGE_BYTES_MAX = CALL_BYTES_MAX + 65_536;
const GO_AWAY = `[${SAY.goAway}]`;
const NOBODY: Partial<Passport> = {};

interface OneLink {
  goAway(): void;
  close(): void;
}

/** Answers on links what `door` answers. Of each link so many calls are open as `door` takes. */
export function linkDoor(runtime: Runtime, door: CallDoor): LinkDoor {
  const links = new Set<OneLink>();
  let isGone = false;
  return {
    accept(stream) {
      const one = answering(
        runtime,
        door,
        stream,
        () => links.delete(one),
        () => isGone,
      );
      links.add(one);
      if (isGone) one.goAway();
    },
    goAway() {
      isGone = true;
      for (const one of links) one.goAway();
    },
    close() {
      for (const one of links) one.close();
    },
  };
}

/** A call as long as it is open: the signal is made when somebody looks at it. */
class OpenCall implements ForeignCall {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
  readonly headers: ForeignCall['headers'];
  readonly passport: Partial<Passport>;
  #abort: AbortController | undefined;
  #isOver = false;

  constructor(message: CallMessage, passport: Partial<Passport>) {
    this.service = message[3];
    this.operation = message[4];
    this.input = message[INPUT_AT];
    this.headers = headersOf(message);
    this.passport = passport;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#isOver) this.#abort.abort();
    return this.#abort.signal;
  }

  abandon(): void {
    this.#isOver = true;
    this.#abort?.abort();
  }
}

function answering(
  runtime: Runtime,
  door: CallDoor,
  stream: ByteStream,
  onEnd: () => void,
  isGone: () => boolean,
): OneLink {
  const out = outbox(runtime, stream);
  const open = new Map<number, OpenCall>();
  const shown: ({ readonly number: number; readonly passport: Partial<Passport> } | undefined)[] =
    [];
  /** A number that gave way to a newer one stands for nobody. */
  const passportOf = (said: CallMessage[2]): Partial<Passport> => {
    if (typeof said !== 'number') return Array.isArray(said) ? passportIn(said as any) : NOBODY;
    const found = shown[said % PASSPORTS_MAX];
    return found?.number === said ? found.passport : NOBODY;
  };

  const answer = (id: number, reply: Reply): void => {
    if (!open.delete(id)) return; // nobody waits for it any more
    try {
      out.send(replyMessage(id, reply));
    } catch (error) {
      out.send(replyMessage(id, failed(error))); // it is no JSON
    }
  };

  const call = (message: CallMessage): void => {
    const id = message[1];
    const one = new OpenCall(message, passportOf(message[2]));
    open.set(id, one);
    if (isGone()) answer(id, failed(new OffshootError('DRAINING', 'this host is ending')));
    else void door(one).then((reply) => answer(id, reply));
  };

  const take = (message: any): void => {
    const [say, id] = message;
    if (say === SAY.call) call(message);
    else if (say === SAY.cancel) {
      open.get(id)?.abandon();
      open.delete(id);
    } else if (say === SAY.passport) {
      const [, number, ...passport] = message;
      if (Number.isSafeInteger(number))
        shown[number % PASSPORTS_MAX] = { number, passport: passportIn(passport) };
    } // what a later release says beside is for later releases
  };

  const read = frameReader(take, MESSAGE_BYTES_MAX);
  stream.listen({
    onBytes(bytes) {
      try {
        read(bytes);
      } catch {
        stream.close(true); // it cannot be told what was meant after that
      }
    },
    onDrain: out.resume,
    onClose() {
      for (const one of open.values()) one.abandon();
      open.clear();
      onEnd();
    },
  });
  return { goAway: () => out.send(GO_AWAY), close: () => stream.close(true) };
}

const failed = (thrown: unknown): Reply => ({
  kind: 'error',
  error: asOffshootError(thrown).toJSON(),
});
