// What passes between a store and its PostgreSQL, and can it be held at the worst moment?

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Arming, Point } from '../points.ts';

/** Stands between the stores of one service and the server, and sees every message. */
export interface Wire {
  readonly port: number;
  /** No connection passes until `open`; those that are there end. */
  cut(): void;
  open(): void;
  /** Resolves when the server has ended every session: nothing is under way any more. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

export interface WireOptions {
  readonly serverPort: number;
  /** Whether the sagas are in this store: a commit is told by what it writes, and where. */
  readonly isHome: boolean;
  readonly points: WirePoints;
}

/** Which point is armed, for all wires of a run. */
export interface WirePoints {
  /** Passes the point: whether what comes next is to be held. */
  pass(point: Point): boolean;
}

export interface ArmedPoints extends WirePoints {
  arm(arming: Arming | undefined): void;
  /** Resolves with the point when it is reached; undefined after `timeoutMs`. */
  reached(timeoutMs: number): Promise<Point | undefined>;
}

export function armedPoints(): ArmedPoints {
  let armed: Arming | undefined;
  let left = 0;
  let told = Promise.withResolvers<Point | undefined>();
  return {
    arm(arming) {
      armed = arming;
      left = arming?.passing ?? 0;
      told = Promise.withResolvers();
    },
    pass(point) {
      if (armed?.point !== point) return false;
      left -= 1;
      if (left > 0) return false;
      const { style } = armed;
      armed = undefined;
      told.resolve(point);
      return style === 'held';
    },
    reached(timeoutMs) {
      const late = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => late.resolve(undefined), timeoutMs);
      return Promise.race([told.promise, late.promise]).finally(() => clearTimeout(timer));
    },
  };
}

type Content = 'reply' | 'effect' | 'journal' | 'inbox';

/** What a message to this store writes, as far as it can be seen. */
function contentsOf(isHome: boolean, text: string): Set<Content> {
  const found = new Set<Content>();
  if (text.includes('offshoot.person_replies')) found.add('reply');
  if (text.includes('offshoot.inbox')) found.add('inbox');
  if (isHome && text.includes('saga/')) found.add('journal');
  if (!isHome && text.includes('offshoot.service_replies')) found.add('effect');
  return found;
}

const BEFORE = {
  reply: 'before-commit',
  journal: 'before-journal',
  inbox: 'before-inbox',
} as const;
const AFTER = {
  reply: 'after-commit',
  effect: 'between-effect-and-journal',
  journal: 'after-journal',
  inbox: 'after-inbox',
} as const;

const BIND = 0x42;
const LENGTH_BYTES = 4;

/** Calls `onBind` with each Bind message of a client; the others are of no interest. */
function messages(onBind: (text: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let isStarted = false;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const head = isStarted ? 1 : 0; // the first message has no type
      if (rest.length < head + LENGTH_BYTES) return;
      const length = head + rest.readUInt32BE(head);
      if (rest.length < length) return;
      if (isStarted && rest[0] === BIND) onBind(rest.toString('latin1', 0, length));
      isStarted = true;
      rest = rest.subarray(length);
    }
  };
}

/** Prepared as `commit` in the store: portal, then the statement's name. */
const isCommit = (bind: string) => bind.includes('\0commit\0');

export async function wire({ serverPort, isHome, points }: WireOptions): Promise<Wire> {
  const pairs = new Set<{
    readonly client: Socket;
    readonly server: Socket;
    readonly over: Promise<void>;
  }>();
  let isCut = false;

  const passAll = (of: Partial<Record<Content, Point>>, contents: Iterable<Content>): boolean => {
    let isHeld = false;
    for (const content of contents) {
      const point = of[content];
      if (point && points.pass(point)) isHeld = true;
    }
    return isHeld;
  };

  const through = (client: Socket): void => {
    if (isCut) {
      client.destroy();
      return;
    }
    const server = connect(serverPort, '127.0.0.1');
    const over = Promise.withResolvers<void>();
    const pair = { client, server, over: over.promise };
    pairs.add(pair);
    let isHeld = false;
    let asked = new Set<Content>();
    const read = messages((bind) => {
      if (points.pass('in-recovery')) isHeld = true;
      if (!isCommit(bind)) return;
      asked = contentsOf(isHome, bind);
      if (passAll(BEFORE, asked)) isHeld = true;
    });
    client.on('data', (chunk) => {
      read(chunk);
      if (!isHeld) server.write(chunk);
    });
    server.on('data', (chunk) => {
      const answered = asked;
      asked = new Set();
      if (passAll(AFTER, answered)) isHeld = true;
      if (!isHeld) client.write(chunk);
    });
    // The server goes on with what it has; then it sees that nobody is there.
    client.on('close', () => server.end());
    server.on('close', () => {
      client.destroy();
      pairs.delete(pair);
      over.resolve();
    });
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', () => {});
  };

  const listener = createServer(through).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    port,
    cut() {
      isCut = true;
      for (const { client } of pairs) client.destroy();
    },
    open() {
      isCut = false;
    },
    async quiet() {
      await Promise.all([...pairs].map(({ over }) => over));
    },
    async close() {
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
      listener.close();
      await once(listener, 'close');
    },
  };
}
