// How is the payment provider spoken to over HTTP?
import type { OutsideAdapter, OutsideContext } from 'offshoot/contract';
import { OffshootError } from 'offshoot/error';
import type { OutboundReply, Runtime } from 'offshoot/runtime';

type Json = Readonly<Record<string, unknown>>;

interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** Paths and bodies, by the names of the port's calls. Without a body it is a GET. */
const REQUESTS: Readonly<Record<string, (input: any) => { path: string; body?: Json }>> = {
  authorise: (input) => ({ path: '/authorisations', body: input }),
  capture: ({ authorisation }) => ({
    path: `/authorisations/${encodeURIComponent(authorisation)}/capture`,
    body: {},
  }),
  refund: (input) => ({ path: '/refunds', body: input }),
  void: ({ key }) => ({ path: '/voids', body: { key } }),
  ledger: ({ after, limit }) => ({ path: `/ledger?after=${after}&limit=${limit}` }),
  made: ({ key }) => ({ path: operationPath(key) }),
};

const operationPath = (key: string) => `/operations/${encodeURIComponent(key)}`;

/** Nothing of them is kept by key. */
const READS: ReadonlySet<string> = new Set(['ledger', 'made']);

const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** What a final answer means to the shop; undefined where it is no answer to this call. */
const MEANINGS: Readonly<Record<string, (answer: Answer) => unknown>> = {
  authorise({ status, body }) {
    if (status === 201) return { status: 'authorised', id: body.id };
    if (status === 402) return { status: 'declined', reason: text(body.reason) };
    // 400: the provider will not have it and keeps nothing of it. 409: voided before it was made.
    const isFinal = status === 400 || (status === 409 && body.code === 'VOIDED');
    return isFinal ? { status: 'declined', reason: text(body.code).toLowerCase() } : undefined;
  },
  capture({ status, body }) {
    if (status === 200) return { status: 'captured', captureId: body.captureId };
    return refused({ status, body });
  },
  refund({ status, body }) {
    if (status === 201) return { status: 'refunded', id: body.id };
    // Somebody else gave it back already, by another key.
    const isGone = status === 409 && body.code === 'REFUND_EXCEEDS_CAPTURE';
    return isGone ? { status: 'refused', state: 'refunded' } : undefined;
  },
  void({ status, body }) {
    if (status === 200) return { status: body.status };
    return refused({ status, body });
  },
  ledger: ({ status, body }) => (status === 200 ? body : undefined),
  made,
};

/** What is read from the answer of an operation that was stored by its key. */
function made({ status, body }: Answer): unknown {
  if (status !== 200) return undefined;
  const { captureId, id } = (body.body ?? {}) as Json;
  return { id: captureId ?? id };
}

function refused({ status, body }: Answer): unknown {
  if (status !== 409 || body.code !== 'ILLEGAL_STATE') return undefined;
  return { status: 'refused', state: text(body.state) };
}

/** What an answer is for the port. Throws an availability error where nothing is known by it. */
export function meaningOf(name: string, answer: Answer): unknown {
  const { status, body } = answer;
  if (status === 409 && body.code === 'OUTCOME_PENDING')
    throw new OffshootError('OUTCOME_PENDING', 'the provider is still at it; ask again');
  if (status >= 500 || status === 429)
    throw new OffshootError('UNAVAILABLE', `the provider answered ${status}; try again`);
  const meaning = MEANINGS[name]?.(answer);
  if (meaning !== undefined) return meaning;
  const what = `${name} with ${status} ${text(body.code)}`;
  throw new OffshootError('BAD_UPSTREAM', `the provider answered ${what}, which is no answer`);
}

function bodyOf({ body }: OutboundReply): Json {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null) return value as Json;
  } catch {
    // Falls through: not JSON is as good as no body.
  }
  return {};
}

/** The port `provider`, spoken to at `url`. Every request ends with its call's deadline. */
export function providerAdapter(runtime: Runtime, url: string): OutsideAdapter {
  const base = url.replace(/\/+$/, '');
  const limits = ({ deadlineMs, signal }: OutsideContext) => ({
    timeoutMs: deadlineMs,
    ...(signal ? { signal } : {}),
  });

  return {
    name: 'provider-http',
    async call(name, input, context) {
      const request = REQUESTS[name]?.(input);
      if (!request) throw new OffshootError('INTERNAL_ERROR', `the provider has no call ${name}`);
      const headers = { 'content-type': 'application/json', 'idempotency-key': context.key };
      const reply = await runtime.request({
        ...(request.body
          ? { method: 'POST', headers, body: JSON.stringify(request.body) }
          : { method: 'GET' }),
        url: base + request.path,
        ...limits(context),
      });
      return meaningOf(name, { status: reply.status, body: bodyOf(reply) });
    },
    async ask(name, context) {
      if (READS.has(name)) return undefined; // it had no effect that somebody could ask for
      const reply = await runtime.request({
        method: 'GET',
        url: base + operationPath(context.key),
        ...limits(context),
      });
      if (reply.status === 404) return undefined;
      const known = bodyOf(reply);
      if (reply.status !== 200) return meaningOf(name, { status: reply.status, body: known });
      return meaningOf(name, { status: Number(known.status), body: (known.body ?? {}) as Json });
    },
  };
}
