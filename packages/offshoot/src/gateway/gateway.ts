// How does a request from outside become a call of an operation, and its reply an answer?
import { asOffshootError } from '../error/index.ts';
import type { Broker } from '../messaging/index.ts';
import { overloaded, type SharedLimiter, type Shedder } from '../resilience/index.ts';
import {
  CALL_HEADERS,
  type CallHeaders,
  parseAfter,
  RESERVED_HEADERS,
  type Transport,
} from '../rpc/index.ts';
import type { HttpHandler, InboundReply, Runtime } from '../runtime/index.ts';
import { authorise } from '../security/index.ts';
import type { Logger, Metrics, Tracer } from '../telemetry/index.ts';
import { accessLog } from './access-log.ts';
import { answerCache } from './answer-cache.ts';
import { ifMatchTags } from './etag.ts';
import { type Exchange, exchange } from './exchange.ts';
import { idempotencyKey } from './idempotency.ts';
import { identity, type TokenOptions } from './identity.ts';
import { inputOf } from './input.ts';
import { type OwnOptions, ownPages } from './own.ts';
import { rateLimits } from './rate-limits.ts';
import { commonHeaders, errorReply, replyOf, type WrittenReply } from './reply.ts';
import { type Route, routes } from './routes.ts';

/** Every contract in `contracts` is mounted; `transport` reaches the services behind them. */
export interface GatewayOptions extends OwnOptions {
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** @default nobody looks */
  readonly tracer?: Tracer;
  readonly transport: Transport;
  readonly tokens: TokenOptions;
  /** How many times what the contracts declare may be called. @default { factor: 1 } */
  readonly limits?: {
    readonly factor: number;
    /** Counts together with other gateways. @default this one counts for itself */
    readonly shared?: SharedLimiter;
  };
  /** Who gets in, by the criticality of the operation; the host's own pages always do. @default everybody */
  readonly shed?: Shedder | undefined;
  /** Of the answers that contracts allow to be kept. @default 32 MiB */
  readonly cache?: { readonly bytesMax?: number };
  /** Where events of the services come by, that drop kept answers. @default each lives its time */
  readonly broker?: Pick<Broker, 'subscribe'>;
}

function callHeaders({ operation }: Route, { ids, request }: Exchange): CallHeaders {
  const { criticality } = operation;
  const headers = {
    ...(criticality === 'default' ? {} : { criticality }),
    deadlineMs: operation.deadlineMs,
    correlationId: ids.correlationId,
    causationId: ids.requestId,
    traceparent: ids.traceparent,
  };
  if (operation.kind === 'query') return headers;
  const key = idempotencyKey(request.headers['idempotency-key']);
  return key === undefined ? headers : { ...headers, idempotencyKey: key };
}

/** What the client has seen. Of what makes no sense nothing goes further, and the answer says so. */
function checkedAfter({ request, headers }: Exchange): { after?: string } {
  const after = request.headers[CALL_HEADERS.after];
  if (after === undefined) return {};
  if (parseAfter(after)) return { after };
  headers[RESERVED_HEADERS.stale] = 'true';
  return {};
}

/** What is said of the answer and what is said whatever it is; links of both side by side. */
function withHeaders(reply: InboundReply, seen: Exchange): InboundReply {
  const headers = { ...reply.headers, ...seen.headers };
  const links = [reply.headers.link, seen.headers.link].filter((one) => one !== undefined);
  return { ...reply, headers: links.length > 1 ? { ...headers, link: links.join(', ') } : headers };
}

/**
 * The edge: ids, then its own pages, route, limits, identity, input, call, reply. Of what a client sends
 * only the route's fields, the verified identity, the ids and the idempotency key go further. It
 * never rejects: every failure is an RFC 9457 problem. Throws BAD_DEFINITION when two operations
 * want the same path.
 */
export function gateway(options: GatewayOptions): HttpHandler {
  const { runtime, logger, metrics, transport, contracts, shed } = options;
  const pages = ownPages(options);
  const table = routes(contracts);
  const identify = identity(runtime, logger, options.tokens);
  const { factor = 1, shared } = options.limits ?? {};
  const limits = rateLimits(runtime, contracts, factor, shared);
  const answers = answerCache({ ...options, ...options.cache });
  const log = accessLog(runtime, logger, metrics, options.tracer);

  const call = async (seen: Exchange): Promise<InboundReply> => {
    const { route, params } = table.find(seen.request.method, seen.path);
    seen.route = route.template;
    Object.assign(seen.headers, route.notices(params));
    if (!shed) return admitted(route, params, seen);
    const { criticality, deadlineMs } = route.operation;
    if (!(await shed.enter(criticality, deadlineMs, seen.startedMs))) throw overloaded('this host');
    try {
      return await admitted(route, params, seen);
    } finally {
      shed.leave(0, runtime.monotonic());
    }
  };

  const admitted = async (
    route: Route,
    params: Readonly<Record<string, string | undefined>>,
    seen: Exchange,
  ): Promise<InboundReply> => {
    const { request, query } = seen;
    const { operation } = route;
    const byAddress = limits.beforeIdentity(route, seen);
    if (byAddress) await byAddress;
    const principal = await identify(request.headers.authorization);
    const byPrincipal = limits.afterIdentity(route, seen, principal);
    if (byPrincipal) await byPrincipal;
    // The service decides again; here it saves a stranger's body from being read at all.
    authorise(operation.access, principal);
    const input = inputOf(operation.method, request, query, params);
    if (operation.spec.ifMatch !== undefined)
      input[operation.spec.ifMatch] = ifMatchTags(request.headers['if-match']);
    const { service, name } = operation;
    const headers = { ...callHeaders(route, seen), ...checkedAfter(seen) };
    const fetch = async (): Promise<WrittenReply> => {
      const reply = await transport({ service, operation: name, input, principal, headers });
      return replyOf(route, reply, seen, runtime.cryptography);
    };
    if (answers && operation.kind === 'query')
      return answers.ask({ route, seen, principal, input }, fetch);
    const reply = (await fetch()).write(seen);
    answers?.wrote(service);
    return reply;
  };

  const answer = async (seen: Exchange): Promise<InboundReply> => {
    const { request, path, ids } = seen;
    const page = pages.find(request.method, path);
    if (!page) return call(seen);
    seen.route = path;
    seen.isOwn = true;
    const reply = await page(request);
    return { ...reply, headers: { ...commonHeaders(ids, ''), ...reply.headers } };
  };

  return async (request) => {
    const seen = exchange(runtime, request);
    let reply: InboundReply;
    try {
      reply = await answer(seen);
    } catch (thrown) {
      const error = asOffshootError(thrown);
      log.failed(seen, error);
      reply = errorReply(error, seen);
    }
    log.answered(seen, reply.status);
    return withHeaders(reply, seen);
  };
}
