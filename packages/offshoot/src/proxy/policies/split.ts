// Which release of a service does this caller meet, each time the same one?
import { split as sharedOut } from '../../discovery/index.ts';
import { networkOf } from '../../runtime/index.ts';
import type { Exchange } from '../exchange.ts';
import type { PolicyKind } from '../policy.ts';
import { options, text } from './options.ts';

export interface SplitOptions {
  /** Weights by service. */
  readonly to: Readonly<Record<string, number>>;
  /** What of a request decides. Without it, its address does. @default principal */
  readonly by?: 'principal' | 'address' | { readonly header: string };
  /** Splits of one salt share callers out alike. @default the route's name */
  readonly salt?: string;
}

function keyOf(exchange: Exchange, by: SplitOptions['by']): string {
  const { principal, remoteAddress } = exchange;
  const named =
    typeof by === 'object'
      ? exchange.header(by.header)
      : by === 'address' || principal?.kind === 'anonymous'
        ? undefined
        : principal?.name;
  return named ?? networkOf(remoteAddress);
}

/** Stable: by hash, not by chance. When a weight grows, callers move to that service alone. */
export const split: PolicyKind<SplitOptions> = {
  name: 'split',
  description: 'Shares callers out over services by weight, each caller to the same one.',
  options: options(
    {
      to: {
        type: 'object',
        minProperties: 1,
        maxProperties: 20,
        additionalProperties: { type: 'number', minimum: 0, maximum: 1_000_000 },
      },
      by: {
        oneOf: [{ enum: ['principal', 'address'] }, options({ header: text }, ['header'])],
      },
      salt: text,
    },
    ['to'],
  ),
  services: ({ to }) => Object.keys(to),
  make({ to, by = 'principal', salt }, { route, metrics, service }) {
    const serviceOf = sharedOut(to, salt ?? route);
    return {
      name: 'split',
      onRequest(exchange) {
        const name = serviceOf(keyOf(exchange, by));
        exchange.service = service(name);
        metrics.count('offshoot_gateway_split_total', { route, service: name });
      },
    };
  },
};
