// What do the tests of the edge drive? A contract of every kind of operation, and a transport that only answers.
import {
  anyone,
  command,
  contract,
  fromService,
  jsonSchema,
  query,
  refusal,
  role,
} from '../contract/index.ts';
import type { Call, Reply } from '../rpc/index.ts';
import type { HttpHandler, Inbound, Runtime, SigningKey } from '../runtime/index.ts';
import { nodeRuntime } from '../runtime/node/index.ts';
import { type Claims, issueToken } from '../security/index.ts';
import type { Fields, Labels } from '../telemetry/index.ts';
import { type GatewayOptions, gateway } from './gateway.ts';
import type { Health } from './health-pages.ts';

const object = (properties: Record<string, unknown>, required: string[] = []) =>
  jsonSchema<any>({ type: 'object', properties, required });
const text = { type: 'string' };
const order = object({ orderId: text, status: text }, ['orderId', 'status']);

export const toyOrders = contract('orders', {
  version: 1,
  noun: 'order',
  operations: {
    place: command('POST /', {
      summary: 'Places an order',
      input: jsonSchema<any>({
        type: 'object',
        properties: { items: { type: 'array', items: { $ref: '#/$defs/line' } } },
        required: ['items'],
        $defs: { line: { type: 'object', properties: { sku: text } } },
      }),
      output: order,
      refusals: {
        OUT_OF_STOCK: refusal(409, object({ sku: text }, ['sku'])),
        PRODUCT_NOT_FOUND: refusal(404),
      },
      status: 202,
      location: '/api/v1/orders/{orderId}',
      idempotencyKey: 'required',
      deadlineMs: 1_234,
    }),
    list: query('GET /', {
      input: object({ status: {}, limit: text }),
      output: object({}),
      access: anyone(),
    }),
    get: query('GET /{orderId}', {
      input: object({ orderId: text }, ['orderId']),
      output: order,
      refusals: { ORDER_NOT_FOUND: refusal(404) },
    }),
    addItem: command('POST /{orderId}/items', {
      input: object({ orderId: text, sku: text }, ['orderId', 'sku']),
      output: order,
    }),
    drop: command('DELETE /{orderId}', {
      input: object({ orderId: text }, ['orderId']),
      output: object({}),
      status: 204,
      access: role('admin'),
    }),
    confirm: command('POST /{orderId}/confirmation', {
      input: object({ orderId: text }),
      output: order,
      access: fromService('saga'),
    }),
  },
  events: {},
});

export interface LogLine {
  readonly message: string;
  readonly fields: Fields;
}

export interface ToyEdge {
  readonly handle: HttpHandler;
  readonly calls: Call[];
  readonly lines: LogLine[];
  readonly observed: Labels[];
  readonly runtime: Runtime;
  readonly key: SigningKey;
  /** How often the public keys were asked for. */
  keysAsked(): number;
  /** Moves the clocks forward. */
  pass(ms: number): void;
  token(claims?: Partial<Claims>, kid?: string, type?: string): string;
  /** Drives the handler without a socket. */
  ask(method: string, target: string, more?: Partial<Asked>): Promise<Answered>;
}

interface Asked {
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
  /** @default '127.0.0.1' */
  readonly from: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: any;
  readonly text: string;
}

const pass = { status: 'pass' } as const;
const WELL: Health = { live: () => pass, started: () => pass, ready: async () => pass };

const OUTPUT: Reply = {
  kind: 'output',
  value: { orderId: 'o 1', status: 'pending' },
  after: 'orders=1.7',
};

/** A gateway whose services answer `reply`, with every line, call and measurement kept. */
export function toyEdge(
  reply: Reply | ((call: Call) => Reply) = OUTPUT,
  more: Partial<GatewayOptions> = {},
): ToyEdge {
  const real = nodeRuntime();
  let passed = 0;
  let keysAsked = 0;
  const runtime: Runtime = {
    ...real,
    now: () => real.now() + passed,
    monotonic: () => real.monotonic() + passed,
  };
  const key = real.cryptography.signingKey(real.randomBytes(32));
  const calls: Call[] = [];
  const lines: LogLine[] = [];
  const observed: Labels[] = [];
  const line = (message: string, fields: Fields = {}) => void lines.push({ message, fields });
  const handle = gateway({
    runtime,
    logger: { debug: line, info: line, warn: line, error: line },
    metrics: {
      count: () => {},
      gauge: () => {},
      observe: (_name, _seconds, labels) => void observed.push(labels ?? {}),
    },
    async transport(call) {
      calls.push(call);
      return typeof reply === 'function' ? reply(call) : reply;
    },
    contracts: [toyOrders],
    tokens: {
      issuer: 'toy',
      audience: 'api',
      type: 'at+jwt',
      async keys() {
        keysAsked++;
        return [{ kid: 'k1', x: key.x }];
      },
    },
    health: WELL,
    metricsText: async () => 'up 1\n',
    ...more,
  });
  const token = (claims: Partial<Claims> = {}, kid = 'k1', type = 'at+jwt') => {
    const iat = Math.floor(runtime.now() / 1_000);
    const base = { sub: 'u1', iss: 'toy', aud: 'api', iat, exp: iat + 900 };
    return issueToken(key, kid, type, { ...base, ...claims });
  };
  return {
    handle,
    calls,
    lines,
    observed,
    runtime,
    key,
    keysAsked: () => keysAsked,
    pass: (ms) => {
      passed += ms;
    },
    token,
    async ask(method, target, { headers = {}, body = '', from = '127.0.0.1' } = {}) {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      const typed = bytes.length > 0 ? { 'content-type': 'application/json' } : {};
      const request: Inbound = {
        method,
        target,
        headers: { ...typed, ...headers },
        body: bytes,
        remoteAddress: from,
        signal: new AbortController().signal,
      };
      const answer = await handle(request);
      const written = String(answer.body);
      const isJson = answer.headers['content-type']?.includes('json') && written !== '';
      return { ...answer, text: written, json: isJson ? JSON.parse(written) : undefined };
    },
  };
}
