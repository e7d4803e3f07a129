// How would another release answer what this one is asked, without anybody waiting for it?
import type { PolicyKind } from '../policy.ts';
import { sideCall } from '../side-call.ts';
import { count, milliseconds, options, text } from './options.ts';

export interface ShadowOptions {
  /** The service that gets the copies. */
  readonly to: string;
  /** Of all requests. @default 100 */
  readonly percent?: number;
  /** A copy of another method changes something twice: name it only where that is meant. @default GET and HEAD */
  readonly methods?: readonly string[];
  /** Copies on their way; beyond it none is made. @default 16 */
  readonly atOnceMax?: number;
  /** @default 5000 */
  readonly timeoutMs?: number;
  /** Of a copy's answer. @default 1 MiB */
  readonly bytesMax?: number;
}

const MARK = ['x-offshoot-shadow', 'true'];
const BYTES_MAX = 1_048_576;
const TIMEOUT_MS = 5_000;
const AT_ONCE_MAX = 16;

/**
 * Sends a copy once the real answer is over, so that nobody waits for it and nothing of it can
 * fail what it copies. Copies say `X-Offshoot-Shadow`; bodies over 64 KiB are not copied. Counts
 * whether both answered with the same status.
 */
export const shadow: PolicyKind<ShadowOptions> = {
  name: 'shadow',
  description: 'Sends copies of requests to another service, whose answers nobody sees.',
  options: options(
    {
      to: text,
      percent: { type: 'number', minimum: 0, maximum: 100 },
      methods: { type: 'array', items: text, minItems: 1, maxItems: 10 },
      ...{ atOnceMax: { ...count, minimum: 1 }, timeoutMs: milliseconds, bytesMax: count },
    },
    ['to'],
  ),
  services: ({ to }) => [to],
  make(given, { route, runtime, metrics, service }) {
    const { to, percent = 100, methods = ['GET', 'HEAD'], atOnceMax = AT_ONCE_MAX } = given;
    const { timeoutMs = TIMEOUT_MS, bytesMax = BYTES_MAX } = given;
    const copied = new Set(methods);
    let atOnce = 0;
    const tell = (outcome: string): void =>
      metrics.count('offshoot_gateway_shadowed_total', { route, to, outcome });
    return {
      name: 'shadow',
      onEnd(exchange) {
        // What never reached the service, or whose client left, has nothing to compare with.
        if (exchange.attempts === 0 || exchange.outcome !== 'answered') return;
        if (!copied.has(exchange.method) || runtime.random() * 100 >= percent) return;
        const isUnread = exchange.head.bodyLength !== 0 && exchange.body === undefined;
        if (isUnread || atOnce >= atOnceMax) return tell('dropped');
        const { status } = exchange;
        atOnce += 1;
        sideCall(exchange, { service: service(to), timeoutMs, bytesMax, lines: MARK })
          .then(
            (reply) => tell(reply.status === status ? 'same' : 'different'),
            () => tell('failed'),
          )
          .finally(() => {
            atOnce -= 1;
          });
      },
    };
  },
};
