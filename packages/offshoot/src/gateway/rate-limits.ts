// Who asks too often, and how are they told? Header fields of draft-ietf-httpapi-ratelimit-headers-11.
import { type AnyContract, isAtEdge, type RateLimit } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import { limiter, type Quota, type SharedLimiter, type Verdict } from '../resilience/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { networkOf } from '../runtime/index.ts';
import type { Principal } from '../security/index.ts';
import type { Exchange } from './exchange.ts';
import type { Route } from './routes.ts';

/** Each throws or rejects with RATE_LIMITED; undefined is a yes that nobody has to wait for. */
export interface RateLimits {
  /** What is counted by address, before a token is looked at. */
  beforeIdentity(route: Route, seen: Exchange): Promise<void> | undefined;
  /** What is counted by principal. */
  afterIdentity(route: Route, seen: Exchange, principal: Principal): Promise<void> | undefined;
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
    const { windowMs, per, window = 'sliding' } = rateLimit;
    const max = Math.max(1, Math.floor(rateLimit.max * factor));
    const name = `${service}.${own}`;
    const header = `"${name}";q=${max};w=${seconds(windowMs)}`;
    policies.set(operation, { name, per, quota: { windowMs, max, window }, header });
  }
  return policies;
}

/** Tells the caller, whatever the verdict. Throws RATE_LIMITED. */
function tell({ name, quota, header }: Policy, verdict: Verdict, { headers }: Exchange): void {
  const wait = seconds(verdict.waitMs);
  headers['ratelimit-policy'] = header;
  headers.ratelimit = `"${name}";r=${verdict.remaining};t=${wait}`;
  if (verdict.isAllowed) return;
  headers['retry-after'] = String(wait);
  const message = `${quota.max} calls in ${seconds(quota.windowMs)} s are the limit; wait ${wait} s`;
  throw new OffshootError('RATE_LIMITED', message, { details: { violatedPolicies: [name] } });
}

/**
 * Counts calls of each operation as its contract says, `factor` times as many. The address is that
 * of the connection: no header can change it. Addresses and principals are remembered apart, so
 * that a crowd of the one kind leaves the other alone. With `shared` all gateways on one store
 * count together; without it each counts for itself.
 */
export function rateLimits(
  runtime: Runtime,
  contracts: readonly AnyContract[],
  factor: number,
  shared?: SharedLimiter,
): RateLimits {
  const clock = () => runtime.monotonic();
  const policies = policiesOf(contracts, factor);
  const counts = { address: limiter({ clock }), principal: limiter({ clock }) };

  const count = (
    kind: keyof typeof counts,
    policy: Policy,
    who: string,
    seen: Exchange,
  ): Promise<void> | undefined => {
    const key = `${policy.name} ${who}`;
    if (shared)
      return shared
        .take(`${kind}:${key}`, policy.quota)
        .then((verdict) => tell(policy, verdict, seen));
    tell(policy, counts[kind].take(key, policy.quota), seen);
    return undefined;
  };
  const countAddress = (policy: Policy, seen: Exchange) =>
    count('address', policy, networkOf(seen.request.remoteAddress), seen);

  return {
    beforeIdentity({ operation }, seen) {
      const policy = policies.get(operation);
      return policy?.per === 'address' ? countAddress(policy, seen) : undefined;
    },
    afterIdentity({ operation }, seen, principal) {
      const policy = policies.get(operation);
      if (policy?.per !== 'principal') return undefined;
      if (principal.kind === 'anonymous') return countAddress(policy, seen);
      return count('principal', policy, principal.name, seen);
    },
  };
}
