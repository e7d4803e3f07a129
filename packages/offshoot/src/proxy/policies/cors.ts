// May a page of another origin read this answer? The Fetch standard's CORS protocol.
import { OffshootError } from '../../error/index.ts';
import type { PolicyKind } from '../policy.ts';
import { count, flag, options, texts } from './options.ts';

export interface CorsOptions {
  /** As a browser writes them: `https://shop.example`; '*' is any, and never with credentials. */
  readonly origins: readonly string[];
  /** @default GET, HEAD, POST, PUT, PATCH, DELETE */
  readonly methods?: readonly string[];
  /** Lines that a page may send beside the simple ones. @default authorization, content-type, idempotency-key */
  readonly headers?: readonly string[];
  /** Lines that a page may read beside the simple ones. @default none */
  readonly expose?: readonly string[];
  /** @default false */
  readonly credentials?: boolean;
  /** How long a browser remembers the answer. @default 600 */
  readonly maxAgeSeconds?: number;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const HEADERS = ['authorization', 'content-type', 'idempotency-key'];

/** Answers preflights itself. An origin that is not listed gets no CORS lines: its browser refuses. */
export const cors: PolicyKind<CorsOptions> = {
  name: 'cors',
  description: 'Lets pages of the listed origins read answers, and answers their preflights.',
  options: options(
    {
      origins: { ...texts, minItems: 1 },
      methods: texts,
      headers: texts,
      expose: texts,
      credentials: flag,
      maxAgeSeconds: count,
    },
    ['origins'],
  ),
  make(given, { route }) {
    const {
      origins,
      methods = METHODS,
      headers = HEADERS,
      expose = [],
      credentials = false,
    } = given;
    const isAny = origins.includes('*');
    if (isAny && credentials)
      throw new OffshootError(
        'BAD_SETTING',
        `route ${route}: cors: name the origins that may send credentials`,
      );
    const allowed = new Set(origins);
    const preflight = [
      ...['access-control-allow-methods', methods.join(', ')],
      ...['access-control-allow-headers', headers.join(', ')],
      ...['access-control-max-age', String(given.maxAgeSeconds ?? 600)],
    ];
    return {
      name: 'cors',
      onRequest(exchange) {
        if (!isAny) exchange.reply('vary', 'Origin');
        const origin = exchange.header('origin');
        if (origin === undefined || !(isAny || allowed.has(origin))) return;
        exchange.reply('access-control-allow-origin', isAny ? '*' : origin);
        if (credentials) exchange.reply('access-control-allow-credentials', 'true');
        if (expose.length > 0) exchange.reply('access-control-expose-headers', expose.join(', '));
        const isPreflight =
          exchange.method === 'OPTIONS' &&
          exchange.header('access-control-request-method') !== undefined;
        if (isPreflight) exchange.answer(204, preflight);
      },
    };
  },
};
