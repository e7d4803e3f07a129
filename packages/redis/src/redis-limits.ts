// How do gateways on many machines keep one count in Redis?
import { type CommandParser, createClient, defineScript } from '@redis/client';
import { asOffshootError, OffshootError } from 'offshoot/error';
import { inTime, type LimitStore, type Quota, type Verdict } from 'offshoot/resilience';
import type { Cancel, Runtime } from 'offshoot/runtime';
import { ANNOUNCE, FIXED, SLIDING } from './limit-scripts.ts';

export interface RedisLimitsOptions {
  readonly runtime: Runtime;
  /** `redis://` or, over TLS, `rediss://`, with name and password where there are any. */
  readonly url: string;
  /** Keys begin with it: gateways with the same one count together. @default 'offshoot:limits:' */
  readonly prefix?: string;
  /** How often this one says that it is there, milliseconds; missed thrice it is not. @default 5000 */
  readonly announceMs?: number;
  /** Told of each failure of the connection. */
  readonly onError?: (error: OffshootError) => void;
}

const PREFIX = 'offshoot:limits:';
const ANNOUNCE_MS = 5_000;
const ANNOUNCE_TIMEOUT_MS = 2_000;
const BELIEVED_TIMES = 3;
const CONNECT_TIMEOUT_MS = 1_000;
const RECONNECT_MS = 50;
const RECONNECT_MS_MAX = 1_000;
const WAITING_MAX = 10_000;

const script = (SCRIPT: string) =>
  defineScript({
    SCRIPT,
    NUMBER_OF_KEYS: 1,
    parseCommand(parser: CommandParser, key: string, first: string, second: string) {
      parser.pushKey(key);
      parser.push(first, second);
    },
    transformReply: (reply: unknown) => reply as number | [number, number, number],
  });

/** While it is away, commands fail at once and nothing is kept for later. */
const clientOf = (url: string) =>
  createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: WAITING_MAX,
    disableClientInfo: true,
    scripts: { sliding: script(SLIDING), fixed: script(FIXED), announce: script(ANNOUNCE) },
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (tries) => Math.min(RECONNECT_MS_MAX, RECONNECT_MS * 2 ** tries),
    },
  });

const away = (cause: unknown) =>
  new OffshootError('UNAVAILABLE', 'the Redis of the rate limits does not answer', { cause });

/**
 * The count of all who use the same Redis and prefix. One script call a decision, by the clock of
 * Redis; keys live no longer than their quota needs. It connects by itself, again after each
 * failure, and needs Redis 6 or newer. For what to do meanwhile see `sharedLimiter`.
 *
 * @example
 * const store = redisLimits({ runtime, url: 'redis://127.0.0.1:6379' });
 * const calls = sharedLimiter({ runtime, store });
 */
export function redisLimits(options: RedisLimitsOptions): LimitStore {
  const { runtime, url, prefix = PREFIX, announceMs = ANNOUNCE_MS, onError } = options;
  const own = runtime.id();
  let client: ReturnType<typeof clientOf> | undefined;
  let sharers = 1;
  let next: Cancel | undefined;
  let isClosed = false;

  const tell = (cause: unknown): void => onError?.(asOffshootError(away(cause)));

  const open = (): void => {
    const opened = clientOf(url);
    client = opened;
    opened.on('error', tell);
    opened.on('ready', () => void announce());
    // It tries again by itself; it only gives up when it is replaced.
    opened.connect().catch(() => {});
  };

  const announce = async (): Promise<void> => {
    const speaking = client;
    if (isClosed || !speaking) return;
    next?.();
    next = runtime.after(announceMs, () => void announce());
    if (!speaking.isReady) return;
    try {
      const believed = String(announceMs * BELIEVED_TIMES);
      const count = await inTime(runtime, ANNOUNCE_TIMEOUT_MS, 'Redis', () =>
        speaking.announce(`${prefix}sharers`, own, believed),
      );
      sharers = Math.max(1, Number(count));
    } catch (cause) {
      tell(cause);
      // A machine that went without a word leaves a connection that looks open for a long time.
      const isSilent = asOffshootError(cause).code === 'DEADLINE_EXCEEDED';
      if (!isSilent || isClosed || client !== speaking) return;
      speaking.destroy();
      open();
    }
  };

  open();
  next = runtime.after(announceMs, () => void announce());
  return {
    async take(key: string, { windowMs, max, window }: Quota): Promise<Verdict> {
      if (!client?.isReady) throw away(undefined);
      try {
        const decide = window === 'fixed' ? client.fixed : client.sliding;
        // One kind of window never reads what the other wrote.
        const name = `${prefix}${window === 'fixed' ? 'f' : 's'}:${key}`;
        const verdict = await decide.call(client, name, String(windowMs), String(max));
        const [isAllowed, remaining, waitMs] = verdict as [number, number, number];
        return { isAllowed: isAllowed === 1, remaining, waitMs };
      } catch (cause) {
        throw away(cause);
      }
    },
    get sharers() {
      return sharers;
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      next?.();
      const last = client;
      client = undefined;
      if (last?.isReady)
        await inTime(runtime, ANNOUNCE_TIMEOUT_MS, 'Redis', () =>
          last.zRem(`${prefix}sharers`, own),
        ).catch(() => {});
      last?.destroy();
    },
  };
}
