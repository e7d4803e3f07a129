// Who asks too often? Header fields of draft-ietf-httpapi-ratelimit-headers-11.
import { OffshootError } from '../../error/index.ts';
import { gcra } from '../../resilience/index.ts';
import { networkOf } from '../../runtime/index.ts';
import type { Exchange } from '../exchange.ts';
import type { PolicyKind } from '../policy.ts';
import { count, milliseconds, options } from './options.ts';

export interface RateLimitOptions {
  readonly windowMs: number;
  readonly max: number;
  /** @default principal where a token was verified before, else address */
  readonly per?: 'address' | 'principal';
}

const seconds = (ms: number) => Math.ceil(ms / 1_000);

const principalOf = ({ principal }: Exchange): string | undefined =>
  principal === undefined || principal.kind === 'anonymous' ? undefined : principal.name;

/** Counts by principal after a token was verified, by address before; in this process only. */
export const rateLimit: PolicyKind<RateLimitOptions> = {
  name: 'rateLimit',
  description: 'So many requests in so many milliseconds, by address or by principal.',
  options: options(
    {
      windowMs: milliseconds,
      max: { ...count, minimum: 1 },
      per: { enum: ['address', 'principal'] },
    },
    ['windowMs', 'max'],
  ),
  make({ windowMs, max, per }, { runtime, route }) {
    const clock = () => runtime.monotonic();
    const [addresses, principals] = [gcra({ clock }), gcra({ clock })];
    const quota = { windowMs, max };
    const policy = `"${route.replace(/[^\w/.-]/g, '_')}";q=${max};w=${seconds(windowMs)}`;
    const name = policy.slice(0, policy.indexOf(';'));
    return {
      name: 'rateLimit',
      onRequest(exchange) {
        const who = per === 'address' ? undefined : principalOf(exchange);
        const { isAllowed, remaining, waitMs } =
          who === undefined
            ? addresses.take(networkOf(exchange.remoteAddress), quota)
            : principals.take(who, quota);
        exchange.reply('ratelimit-policy', policy);
        exchange.reply('ratelimit', `${name};r=${remaining};t=${seconds(waitMs)}`);
        if (isAllowed) return;
        const message = `${max} requests in ${seconds(windowMs)} s are the limit; wait ${seconds(waitMs)} s`;
        throw new OffshootError('RATE_LIMITED', message, {
          details: { violatedPolicies: [name.slice(1, -1)], retryAfterMs: waitMs },
        });
      },
    };
  },
};
