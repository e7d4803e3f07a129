// What does the payment provider answer? Pure and synchronous: time comes with the request,
// memory is a port. The process (`main.ts`) and the simulation of the shop run this same code.
import type { LedgerChange, LedgerEntry, LedgerStorage, StoredOperation } from './ledger.ts';
import { behaviourOf } from './methods.ts';
import { decide, type Outcome, VOIDED } from './operations.ts';
import { type Malformed, type Operation, readKey, readOperation } from './request.ts';

export type { Authorisation, LedgerEntry, LedgerStorage, StoredOperation } from './ledger.ts';
export { memoryLedger } from './memory-ledger.ts';
export { METHODS } from './methods.ts';

export interface ProviderRequest {
  readonly method: string;
  /** Path and query: `/ledger?after=10`. */
  readonly path: string;
  /** The `Idempotency-Key` header. */
  readonly key?: string | undefined;
  /** The body's text, empty when there is none. */
  readonly body?: string;
  /** When it arrived, milliseconds since 1970. */
  readonly at: number;
}

export interface ProviderReply {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
  /** How long to hold the answer back, counted from when the change is durable. */
  readonly delayMs: number;
  /** Destroy the connection instead of answering. */
  readonly drop: boolean;
}

export interface ProviderOptions {
  /** Multiplies every delay of the test methods. @default 1 */
  readonly delayFactor?: number;
}

export interface Provider {
  /**
   * Answers one request. What it changed stands in the storage when this returns; the answer
   * may go out only once the storage is durable. A repeat of a key changes nothing.
   */
  handle(request: ProviderRequest): ProviderReply;
}

const LEDGER_PAGE_MAX = 10_000;
const FAILING_KEYS_MAX = 10_000;

/**
 * A payment provider over a ledger.
 *
 * @example
 * const { handle } = provider(memoryLedger());
 * const body = JSON.stringify({ amount: 4200, currency: 'EUR', method: 'pm_card_visa' });
 * handle({ method: 'POST', path: '/authorisations', key: 'k-1', body, at: 0 }).status; // 201
 */
export function provider(ledger: LedgerStorage, options: ProviderOptions = {}): Provider {
  const delayFactor = options.delayFactor ?? 1;
  const failures = new Map<string, number>();
  const pendingUntil = new Map<string, number>();

  function post(path: string, { key: header, body = '', at }: ProviderRequest): ProviderReply {
    const key = readKey(header);
    if (typeof key !== 'string') return refusal(key);
    const operation = readOperation(path, body);
    if ('code' in operation) return refusal(operation);
    if (operation.name === 'void-by-key' && operation.target === key) {
      return refusal({ status: 400, code: 'INVALID_KEY' });
    }
    const known = ledger.operation(key);
    if (known !== undefined) return repeat(known, operation, at);
    return first(key, operation, at);
  }

  function repeat(known: StoredOperation, operation: Operation, at: number): ProviderReply {
    const isSame =
      known.fingerprint === null
        ? operation.name === known.operation
        : fingerprintOf(operation) === known.fingerprint;
    if (!isSame) return refusal({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
    if (at < (pendingUntil.get(known.key) ?? at)) {
      return refusal({ status: 409, code: 'OUTCOME_PENDING' });
    }
    return replyOf(known.status, known.body);
  }

  function first(key: string, operation: Operation, at: number): ProviderReply {
    const outcome = decide(ledger, operation);
    const text = JSON.stringify(outcome.body);
    if (outcome.transient) return replyOf(outcome.status, text);
    const behaviour = outcome.method === undefined ? {} : behaviourOf(outcome.method);
    if (behaviour.failures !== undefined && failsStill(key, behaviour.failures)) {
      return refusal({ status: 503, code: 'UNAVAILABLE' });
    }
    const { status } = outcome;
    const fingerprint = fingerprintOf(operation);
    ledger.record(
      changeOf({ key, operation: operation.name, fingerprint, status, body: text }, outcome, {
        seq: ledger.lastSeq() + 1,
        at: new Date(at).toISOString(),
      }),
    );
    const delayMs = (behaviour.delayMs ?? 0) * delayFactor;
    if (behaviour.pendsRepeats) holdBack(key, at, delayMs);
    const drop = behaviour.drops?.includes(operation.name) ?? false;
    return { status, body: text, delayMs, drop };
  }

  function failsStill(key: string, failuresMax: number): boolean {
    const failed = failures.get(key) ?? 0;
    failures.delete(key);
    if (failed >= failuresMax) return false;
    failures.set(key, failed + 1);
    if (failures.size > FAILING_KEYS_MAX) failures.delete(failures.keys().next().value!);
    return true;
  }

  /** Keys are held back in the order of time, so the first that still waits ends the sweep. */
  function holdBack(key: string, at: number, delayMs: number): void {
    for (const [held, until] of pendingUntil) {
      if (until > at) break;
      pendingUntil.delete(held);
    }
    pendingUntil.set(key, at + delayMs);
  }

  return {
    handle(request) {
      const [path = '', query = ''] = request.path.split('?', 2);
      if (request.method === 'POST') return post(path, request);
      if (request.method !== 'GET') return refusal({ status: 405, code: 'METHOD_NOT_ALLOWED' });
      if (path === '/ledger') return ledgerPage(ledger, new URLSearchParams(query));
      if (path === '/health') return json(200, { status: 'pass', entries: ledger.lastSeq() });
      if (path.startsWith(OPERATIONS)) return asked(ledger, path.slice(OPERATIONS.length));
      return refusal({ status: 404, code: 'ROUTE_NOT_FOUND' });
    },
  };
}

const OPERATIONS = '/operations/';

/** Answers who lost an answer. What stands in the ledger is known, however late its answer is. */
function asked(ledger: LedgerStorage, encodedKey: string): ProviderReply {
  const known = ledger.operation(decodeKey(encodedKey));
  if (known === undefined) return refusal({ status: 404, code: 'OPERATION_NOT_FOUND' });
  const { key, operation, status, body } = known;
  return json(200, { key, operation, status, body: JSON.parse(body) });
}

/** `next` is the `after` of the page that follows, null on the last one. */
function ledgerPage(ledger: LedgerStorage, query: URLSearchParams): ProviderReply {
  const after = Number(query.get('after') ?? 0);
  const limit = Number(query.get('limit') ?? LEDGER_PAGE_MAX);
  if (!Number.isSafeInteger(after) || after < 0 || !Number.isSafeInteger(limit) || limit < 1) {
    return refusal({ status: 400, code: 'INVALID_PAGE' });
  }
  const entries = ledger.entries(after, Math.min(limit, LEDGER_PAGE_MAX));
  const last = entries.at(-1)?.seq ?? after;
  return json(200, { entries, next: last < ledger.lastSeq() ? last : null });
}

function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function changeOf(
  own: StoredOperation,
  { authorisation, entry, tombstone }: Outcome,
  place: Pick<LedgerEntry, 'seq' | 'at'>,
): LedgerChange {
  return {
    operations: tombstone === undefined ? [own] : [own, tombstoneOf(tombstone)],
    ...(authorisation && { authorisation }),
    ...(entry && { entry: { ...place, key: own.key, ...entry } }),
  };
}

/** The same whatever order the body's fields came in. */
function fingerprintOf(operation: Operation): string {
  switch (operation.name) {
    case 'authorise': {
      const { name, amount, currency, method, reference = null } = operation;
      return JSON.stringify([name, amount, currency, method, reference]);
    }
    case 'refund':
      return JSON.stringify([operation.name, operation.captureId, operation.amount]);
    case 'void-by-key':
      return JSON.stringify([operation.name, operation.target]);
    default:
      return JSON.stringify([operation.name, operation.authorisation]);
  }
}

const tombstoneOf = (key: string): StoredOperation => ({
  key,
  operation: 'authorise',
  fingerprint: null,
  status: 409,
  body: JSON.stringify(VOIDED),
});

const replyOf = (status: number, body: string): ProviderReply => ({
  status,
  body,
  delayMs: 0,
  drop: false,
});
const json = (status: number, value: object) => replyOf(status, JSON.stringify(value));
const refusal = ({ status, code }: Malformed) => json(status, { code });
