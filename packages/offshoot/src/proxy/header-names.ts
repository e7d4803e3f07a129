// Which header lines of a stranger go further, and which say something to the proxy itself?

/** What a name means to the proxy. Only FORWARDED goes to a service as it came. */
export const FORWARDED = 0;
export const DROPPED = 1;
export const HOST = 2;
export const CONTENT_LENGTH = 3;
export const TRANSFER_ENCODING = 4;
export const EXPECT = 5;
export const CONNECTION = 6;
export const UPGRADE = 7;
export const AUTHORIZATION = 8;
export const REQUEST_ID = 9;
export const TRACEPARENT = 10;
/** Goes on where the route names it. */
export const BY_ROUTE = 11;

export interface HeaderName {
  /** In lower case. */
  readonly name: string;
  readonly kind: number;
}

export interface HeaderBook {
  /** What a name means, whatever its letters' case. */
  look(raw: string): HeaderName;
}

const SPECIAL: Readonly<Record<string, number>> = {
  host: HOST,
  'content-length': CONTENT_LENGTH,
  'transfer-encoding': TRANSFER_ENCODING,
  expect: EXPECT,
  connection: CONNECTION,
  upgrade: UPGRADE,
  authorization: AUTHORIZATION,
  'x-request-id': REQUEST_ID,
  traceparent: TRACEPARENT,
};

/** Of one connection, RFC 9110, 7.6.1: they never go further, in either direction. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding'],
  ...[
    'upgrade',
    'proxy-authenticate',
    'proxy-authorization',
    'proxy-authentication-info',
    'http2-settings',
  ],
]);

/**
 * What a browser or an API client says to a service. What names an identity, an address or an
 * inner header is not among them: an unknown name is somebody's inner header until a route says otherwise.
 */
export const FORWARDED_DEFAULT: readonly string[] = [
  ...['accept', 'accept-encoding', 'accept-language', 'cache-control', 'content-encoding'],
  ...['content-language', 'content-type', 'cookie', 'dnt', 'idempotency-key', 'if-match'],
  ...[
    'if-modified-since',
    'if-none-match',
    'if-range',
    'if-unmodified-since',
    'last-event-id',
    'link',
  ],
  ...[
    'origin',
    'pragma',
    'prefer',
    'priority',
    'range',
    'referer',
    'sec-fetch-dest',
    'sec-fetch-mode',
  ],
  ...['sec-fetch-site', 'sec-gpc', 'upgrade-insecure-requests', 'user-agent', 'x-requested-with'],
  ...[
    'access-control-request-headers',
    'access-control-request-method',
    'content-disposition',
    'save-data',
  ],
];

/** Spellings remembered: beyond that a name is looked up each time. */
const SPELLINGS_MAX = 1_000;

/** `more` are names, in lower case, that some routes let through beside the default ones. */
export function headerBook(more: readonly string[] = []): HeaderBook {
  const forwarded = new Set(FORWARDED_DEFAULT);
  const byRoute = new Set(more.filter((name) => !HOP_BY_HOP.has(name)));
  const spellings = new Map<string, HeaderName>();
  const named = (raw: string): HeaderName => {
    const name = raw.toLowerCase();
    const known = spellings.get(name);
    if (known) return known;
    const special = Object.hasOwn(SPECIAL, name) ? SPECIAL[name] : undefined;
    if (special !== undefined) return { name, kind: special };
    return { name, kind: forwarded.has(name) ? FORWARDED : byRoute.has(name) ? BY_ROUTE : DROPPED };
  };
  for (const name of [...forwarded, ...byRoute, ...HOP_BY_HOP, ...Object.keys(SPECIAL)])
    spellings.set(name, named(name));
  return {
    look(raw) {
      const known = spellings.get(raw);
      if (known) return known;
      const made = named(raw);
      if (spellings.size < SPELLINGS_MAX) spellings.set(raw, made);
      return made;
    },
  };
}
