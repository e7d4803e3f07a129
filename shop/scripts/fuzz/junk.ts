// What else do strangers send, around what they say?

/** Header fields that mean something somewhere, or to somebody inside; by name. */
export const JUNK_HEADERS: readonly (readonly [string, string | readonly string[]])[] = [
  ['offshoot-principal', 'eyJhbGciOiJub25lIn0.e30.'],
  ['x-service-token', 'inventory'],
  ['offshoot-deadline-ms', '-1'],
  ['offshoot-attempt', '99999999999999999999'],
  ['x-forwarded-for', '127.0.0.1, ::1'],
  ['x-user-id', 'admin'],
  ['x-http-method-override', 'DELETE'],
  ['traceparent', '00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-zz'],
  ['x-correlation-id', 'a b\tc {{7*7}} \u00ff'],
  ['cookie', 'session=%00; session=%ff'],
  ['accept', 'image/png;q=0'],
  ['accept-encoding', 'br;q=1.0, *;q=0'],
  ['range', 'bytes=0-,-1'],
  ['if-none-match', 'W/"'],
  ['if-modified-since', 'yesterday'],
  ['if-match', '"\u00e9"'],
  ['prefer', 'respond-async, wait=0'],
  ['offshoot-after', 'orders=9.9, ___'],
  ['origin', 'null'],
  ['expect', 'nothing'],
  ['host', 'elsewhere.invalid:99999'],
  ['upgrade', 'h2c, websocket'],
  ['te', 'trailers, deflate'],
  ['x-request-id', ['one', 'two']],
  ['content-language', 'x'.repeat(3_000)],
];

/** Parts of a query. */
export const JUNK_QUERIES = [
  '%',
  '%zz=1',
  '__proto__=1',
  '__proto__[admin]=1',
  'limit=1&limit=2',
  'a=%ff',
  '&&&===&',
  'constructor=1&toString=2',
  `q=${'x'.repeat(2_000)}`,
  Array.from({ length: 150 }, (_, n) => `a${n}=${n}`).join('&'),
];

/** Paths that lead nowhere, though they look like some that do. */
export const ODD_PATHS = [
  '/api/v1/../v1/orders',
  '/api//v1/orders',
  '/api/v1/orders/',
  '/api/v1/orders/%2e%2e/products',
  '/api/v1/ORDERS',
  '/api/v9/orders',
  '/api/v1/inventory/reservations',
  '/api/v1/payments/authorisations',
  '/api/v1/auth/administrators',
  '/api/v1/orders/x/confirm',
  '/api/v1/products/quotes/x',
  '/api/v1/%6frders',
  '/api/v1/orders%00',
  '/api/v1/__proto__/constructor',
  '/.env',
  '*',
];
