// How do the requests at the front become exchanges, and what stays while routes are exchanged under them?
import type { Duplex } from 'node:stream';
import { asOffshootError, OffshootError } from '../error/index.ts';
import type {
  FrontRequest,
  FrontResponse,
  Runtime,
  UpstreamClient,
  WebSocketClient,
} from '../runtime/index.ts';
import {
  type Logger,
  type Metrics,
  SILENT,
  type Tracer,
  UNMEASURED,
  UNTRACED,
} from '../telemetry/index.ts';
import { checkedConfig, type GatewayConfig } from './config.ts';

import { type Plan, plan } from './plan.ts';
import { POLICIES } from './policies/catalogue.ts';
import type { PolicyKind, SecretName } from './policy.ts';
import { problemAnswer } from './problem-answer.ts';
import { checkTarget, readHead } from './request-head.ts';
import { type Exchanging, RunningExchange } from './running-exchange.ts';
import { switchProtocols } from './upgrade.ts';

export interface ProxyOptions {
  readonly config: GatewayConfig;
  readonly runtime: Runtime;
  /** Carries requests on: `undiciUpstream` or `strictUpstream` of offshoot/runtime/node. */
  readonly client: UpstreamClient;
  /** @default silent */
  readonly logger?: Logger;
  /** @default unmeasured */
  readonly metrics?: Metrics;
  /** @default nobody looks */
  readonly tracer?: Tracer;
  /** Lets WebSockets through where a route has `upgrade`. @default none pass */
  readonly webSocket?: WebSocketClient;
  /** Finds the secrets that the configuration names. @default there are none */
  readonly secret?: (named: SecretName) => string;
  /** Kinds of policies beside those that come along. @default none */
  readonly policies?: readonly PolicyKind<never>[];
  /** @default http */
  readonly scheme?: 'http' | 'https';
  /** @default 100 */
  readonly headersMax?: number;
}

/** Give its methods to the front; all are bound. */
export interface RunningProxy {
  readonly onRequest: (request: FrontRequest, response: FrontResponse) => void;
  readonly onUpgrade: (
    request: FrontRequest,
    response: FrontResponse,
    socket: Duplex,
    head: Buffer,
  ) => void;
  /**
   * Other routes from now on: new requests see all of them or none. Throws BAD_SETTING and changes
   * nothing. Connections, counters and breakers of what is said in the same words stay.
   */
  reload(config: GatewayConfig): void;
  /** Exchanges on their way. */
  readonly inFlight: number;
  /** Answers say `Connection: close` from now on. */
  drain(): void;
  close(): void;
}

/**
 * A reverse proxy: strict at its front (what can be read in two ways is refused, never repaired),
 * only known header lines inwards, policies by route, instances balanced over. Never throws: every
 * failure is an RFC 9457 problem with `Proxy-Status`.
 *
 * @example
 * const inner = proxy({
 *   runtime: nodeRuntime(),
 *   client: undiciUpstream,
 *   config: { routes: [{ path: '/api', target: 'http://127.0.0.1:3000' }] },
 * });
 * const front = await openFront({ ...inner, port: 8080 });
 */
export function proxy(options: ProxyOptions): RunningProxy {
  const { webSocket } = options;
  const { runtime, client, logger = SILENT, metrics = UNMEASURED, scheme = 'http' } = options;
  const { headersMax = 100, policies: more = [], tracer = UNTRACED, secret = noSecret } = options;
  const kinds = new Map([...POLICIES, ...more].map((kind) => [kind.name, kind]));
  const parts = { runtime, client, logger, metrics, tracer, secret, scheme, kinds };
  const planned = (config: GatewayConfig, before?: Plan) =>
    plan(checkedConfig(config, [...kinds.values()]), parts, before);
  let current = planned(options.config);
  const retired = new Set<Plan>();

  const exchangeOf = (request: FrontRequest, response: Exchanging): RunningExchange => {
    const { book, table } = current;
    checkTarget(request.url!);
    const head = readHead(request, book, headersMax);
    const route = table.find(request.method!, head.host, request.url!);
    const exchange = new RunningExchange(request, response, head, route, runtime.monotonic());
    route.begun();
    return exchange;
  };

  return {
    onRequest(request, response: Exchanging) {
      if (abandoned.has(request.socket)) return;
      let exchange: RunningExchange;
      try {
        exchange = exchangeOf(request, response);
      } catch (thrown) {
        return refuse(request, response, asOffshootError(thrown));
      }
      response.exchange = exchange;
      response.on('close', left);
      exchange.run();
    },
    onUpgrade(request, response: Exchanging, socket, head) {
      let exchange: RunningExchange;
      try {
        exchange = exchangeOf(request, response);
      } catch (thrown) {
        return refuse(request, response, asOffshootError(thrown));
      }
      socket.once('close', () => exchange.left());
      exchange.takeOver = () => {
        const isAllowed = webSocket !== undefined && exchange.route.upgrade;
        if (!isAllowed) throw new OffshootError('FORBIDDEN', 'this route has no WebSockets');
        void switchProtocols(exchange, socket, head, webSocket).catch((thrown) =>
          exchange.fail(thrown),
        );
      };
      exchange.run();
    },
    reload(config) {
      const fresh = planned(config, current);
      for (const old of retired) if (old.inFlight === 0) retired.delete(old);
      current.retire(fresh);
      if (current.inFlight > 0) retired.add(current);
      current = fresh;
    },
    get inFlight() {
      let sum = current.inFlight;
      for (const old of retired) sum += old.inFlight;
      return sum;
    },
    drain() {
      current.drain();
      for (const old of retired) old.drain();
    },
    close: () => current.retire(undefined),
  };
}

function noSecret(named: SecretName): never {
  throw new OffshootError('BAD_SETTING', `nobody looks for the secret ${Object.values(named)[0]}`);
}

function left(this: Exchanging): void {
  this.exchange?.left();
}

/** Connections of which nothing more is read: what came in the same packet is told of all the same. */
const abandoned = new WeakSet<FrontRequest['socket']>();

/** Of a request that is not understood nothing more is read: what follows may be anything. */
function refuse(request: FrontRequest, response: FrontResponse, error: OffshootError): void {
  const { status, headers, body } = problemAnswer(error, request.url);
  headers.push('content-length', String(Buffer.byteLength(body)));
  const isKnown = error.code === 'ROUTE_NOT_FOUND' || error.code === 'METHOD_NOT_ALLOWED';
  const isWhole =
    request.complete ||
    !('content-length' in request.headers || 'transfer-encoding' in request.headers);
  if (request.httpVersionMajor === 1 && !(isKnown && isWhole)) {
    headers.push('connection', 'close');
    abandoned.add(request.socket);
  }
  response.writeHead(status, headers);
  response.end(body);
}
