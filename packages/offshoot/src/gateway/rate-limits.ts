// Who asks too often, and how are they told? Header fields of draft-ietf-httpapi-ratelimit-headers-11.
import { type AnyContract, isAtEdge, type RateLimit } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import { gcra, type Limiter, type Quota } from '../resilience/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Principal } from '../security/index.ts';
import type { Exchange } from './exchange.ts';
import { networkOf } from './network-of.ts';
import type { Route } from './routes.ts';

export interface RateLimits {
  /** What is counted by address, before a token is looked at. Throws RATE_LIMITED. */
  beforeIdentity(route: Route, seen: Exchange): void;
  /** What is counted by principal. Throws RATE_LIMITED. */
  afterIdentity(route: Route, seen: Exchange, principal: Principal): void;
}

interface Policy {
  readonly name: string;
  readonly per: RateLimit['per'];
  readonly quota: Quota;
  readonly header: string;
}

const seconds = (ms: number) => Math.ceil(ms / 1_000);

function policiesOf(contracts: readonly AnyContract[], factor: number) {
  const policies = new Map<unknown, Policy>();
  for (const operation of contracts.flatMap((one) => Object.values(one.operations))) {
    const { service, name: own, rateLimit } = operation;
    if (!rateLimit || !isAtEdge(operation)) continue;
    const { windowMs, per } = rateLimit;
    const max = Math.max(1, Math.floor(rateLimit.max * factor));
    const name = `${service}.${own}`;
    const header = `"${name}";q=${max};w=${seconds(windowMs)}`;
    policies.set(operation, { name, per, quota: { windowMs, max }, header });
  }
  return policies;
}

/**
 * Counts calls of each operation as its contract says, `factor` times as many. The address is that
 * of the connection: no header can change it. Addresses and principals are remembered apart, so
 * that a crowd of the one kind leaves the other alone. In this process only: each gateway of many
 * counts for itself.
 */
export function rateLimits(
  runtime: Runtime,
  contracts: readonly AnyContract[],
  factor: number,
): RateLimits {
  const clock = () => runtime.monotonic();
  const policies = policiesOf(contracts, factor);
  const addresses = gcra({ clock });
  const principals = gcra({ clock });

  const count = (limiter: Limiter, policy: Policy, who: string, seen: Exchange): void => {
    const { name, quota, header } = policy;
    const { isAllowed, remaining, waitMs } = limiter.take(`${name} ${who}`, quota);
    const wait = seconds(waitMs);
    Object.assign(seen.headers, {
      'ratelimit-policy': header,
      ratelimit: `"${name}";r=${remaining};t=${wait}`,
      ...(isAllowed ? {} : { 'retry-after': String(wait) }),
    });
    if (isAllowed) return;
    const message = `${quota.max} calls in ${seconds(quota.windowMs)} s are the limit; wait ${wait} s`;
    throw new OffshootError('RATE_LIMITED', message, { details: { violatedPolicies: [name] } });
  };

  return {
    beforeIdentity({ operation }, seen) {
      const policy = policies.get(operation);
      if (policy?.per !== 'address') return;
      count(addresses, policy, networkOf(seen.request.remoteAddress), seen);
    },
    afterIdentity({ operation }, seen, principal) {
      const policy = policies.get(operation);
      if (policy?.per !== 'principal') return;
      const isNobody = principal.kind === 'anonymous';
      if (isNobody) count(addresses, policy, networkOf(seen.request.remoteAddress), seen);
      else count(principals, policy, principal.name, seen);
    },
  };
}
