// How do other processes reach a registry? Five pages of HTTP and JSON.
import { asOffshootError, OffshootError, PROBLEM_MEDIA_TYPE, problem } from '../error/index.ts';
import type { HttpHandler, Inbound, InboundReply, Runtime } from '../runtime/index.ts';
import type { EmbeddedRegistry } from './embedded-registry.ts';
import { type InstanceHealth, instance } from './instance.ts';
import type { Listing } from './registry.ts';

/** How long a wait may last: proxies cut what is silent for longer. */
export const WAIT_MS_MAX = 30_000;
/** Beside the token of a holding. */
export const TOKEN_HEADER = 'offshoot-lease';

const PAGE = /^\/v1\/services(?:\/([\w-]+)(?:\/instances\/([\w.:%-]+)(\/renewal)?)?)?$/;

export interface RegistryPagesOptions {
  readonly registry: EmbeddedRegistry;
  /** What each request must bear: `authorization: Bearer …`. @default none */
  readonly bearer?: string | undefined;
  readonly runtime: Runtime;
}

/**
 * The pages of a registry. For loopback or a cluster's own network; with `bearer`, for those who
 * have the word.
 *
 *     GET    /v1/services                                 all lists
 *     GET    /v1/services/{service}?after=R&waitMs=N      200 the list, or 204 after N ms: still R
 *     PUT    /v1/services/{service}/instances/{id}        {…instance, leaseMs} → {token, leaseMs}
 *     POST   /v1/services/{service}/instances/{id}/renewal  204, or 404: register again
 *     DELETE /v1/services/{service}/instances/{id}        204
 *
 * The last two name the holding in the header `offshoot-lease`.
 */
export function registryPages({ registry, bearer, runtime }: RegistryPagesOptions): HttpHandler {
  const text = listTexts();
  // Digests of both sides: how long the comparison takes tells nothing about the word.
  const digest = (said: string) => Buffer.from(runtime.cryptography.sha256(said)).toString('hex');
  const expected = bearer === undefined ? undefined : digest(`Bearer ${bearer}`);

  const answer = async (request: Inbound): Promise<InboundReply> => {
    const { authorization = '' } = request.headers;
    if (expected !== undefined && digest(authorization) !== expected)
      throw new OffshootError('UNAUTHENTICATED', 'send the word of this registry as Bearer');
    const { pathname, searchParams } = new URL(request.target, 'http://registry');
    const page = PAGE.exec(pathname);
    if (!page) throw new OffshootError('ROUTE_NOT_FOUND', `a registry has no page ${pathname}`);
    const [, service, rawId, renewal] = page;
    if (service === undefined) return only(request, 'GET', () => everything(registry));
    if (rawId === undefined)
      return only(request, 'GET', () => list(registry, service, searchParams, request, text));
    const id = decoded(rawId);
    const token = request.headers[TOKEN_HEADER] ?? '';
    const holding = { instance: { service, id }, token };
    if (renewal) return only(request, 'POST', async () => renewed(await registry.renew(holding)));
    if (request.method === 'PUT') return register(registry, service, id, request);
    return only(request, 'DELETE', async () => {
      await registry.deregister(holding);
      return NOTHING;
    });
  };
  return (request) => answer(request).catch(refused);
}

const NOTHING: InboundReply = { status: 204, headers: {}, body: '' };
const json = (body: string): InboundReply => ({
  ...{ status: 200, headers: { 'content-type': 'application/json' }, body },
});

function decoded(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch (cause) {
    throw new OffshootError('MALFORMED_REQUEST', `'${raw}' is no id`, { cause });
  }
}

function refused(thrown: unknown): InboundReply {
  const error = asOffshootError(thrown);
  // A registration that is not well-formed is the sender's mistake, not ours.
  const isTheirs = error.code === 'BAD_DEFINITION';
  const shown = isTheirs ? new OffshootError('VALIDATION_FAILED', error.message) : error;
  const body = problem(shown);
  const headers = { 'content-type': PROBLEM_MEDIA_TYPE };
  return { status: body.status, headers, body: JSON.stringify(body) };
}

async function only(
  { method }: Inbound,
  allowed: string,
  page: () => InboundReply | Promise<InboundReply>,
): Promise<InboundReply> {
  if (method === allowed) return page();
  throw new OffshootError('METHOD_NOT_ALLOWED', `this page answers ${allowed}`);
}

/** A list is turned into text once, however many wait for it. */
function listTexts(): (listing: Listing) => string {
  const texts = new WeakMap<Listing, string>();
  return (listing) => {
    const text = texts.get(listing) ?? JSON.stringify(listing);
    texts.set(listing, text);
    return text;
  };
}

function everything(registry: EmbeddedRegistry): InboundReply {
  const services = registry.services().map((service) => ({ service, ...registry.list(service) }));
  return json(JSON.stringify({ services }));
}

async function list(
  registry: EmbeddedRegistry,
  service: string,
  query: URLSearchParams,
  { signal }: Inbound,
  text: (listing: Listing) => string,
): Promise<InboundReply> {
  const after = query.get('after') ?? undefined;
  const waitMs = numberOf(query.get('waitMs') ?? '0', 'waitMs', WAIT_MS_MAX);
  const listing = await registry.look(service, { after, waitMs, signal });
  return listing ? json(text(listing)) : NOTHING;
}

async function register(
  registry: EmbeddedRegistry,
  service: string,
  id: string,
  { body }: Inbound,
): Promise<InboundReply> {
  const { leaseMs, ...spec } = recordOf(body);
  const given = instance({
    ...{ service, id, url: textOf(spec.url, 'url') },
    version: optional(spec.version, 'version'),
    zone: optional(spec.zone, 'zone'),
    weight: spec.weight === undefined ? undefined : numberOf(spec.weight, 'weight'),
    tags: tagsOf(spec.tags),
    health: optional(spec.health, 'health') as InstanceHealth | undefined,
  });
  const lease = numberOf(leaseMs, 'leaseMs');
  const { token, leaseMs: granted } = await registry.register(given, lease);
  return json(JSON.stringify({ token, leaseMs: granted }));
}

const renewed = (isKnown: boolean): InboundReply => {
  if (isKnown) return NOTHING;
  throw new OffshootError('INSTANCE_NOT_FOUND', 'this holding is over; register again');
};

const invalid = (field: string, want: string): never => {
  throw new OffshootError('VALIDATION_FAILED', `${field}: give ${want}`);
};

function recordOf(body: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString());
  } catch (cause) {
    throw new OffshootError('MALFORMED_BODY', 'the body is no JSON', { cause });
  }
  if (typeof value !== 'object' || value === null) return invalid('body', 'an object');
  return value as Readonly<Record<string, unknown>>;
}

const textOf = (value: unknown, field: string): string =>
  typeof value === 'string' ? value : invalid(field, 'a text');

const optional = (value: unknown, field: string): string | undefined =>
  value === undefined ? undefined : textOf(value, field);

const tagsOf = (value: unknown): readonly string[] | undefined => {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value.map((tag) => textOf(tag, 'tags')) : invalid('tags', 'a list');
};

function numberOf(value: unknown, field: string, max = Number.MAX_SAFE_INTEGER): number {
  const number =
    typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  return number >= 0 && value !== '' ? Math.min(number, max) : invalid(field, 'a number from 0');
}
