// What does a request ask for? Reads path and body into one operation, or says what is wrong.
import { carriesCardNumber, isCardNumber } from './card-number.ts';

export type Operation =
  | {
      readonly name: 'authorise';
      readonly amount: number;
      readonly currency: string;
      readonly method: string;
      readonly reference?: string;
    }
  | { readonly name: 'capture' | 'void'; readonly authorisation: string }
  | { readonly name: 'void-by-key'; readonly target: string }
  | { readonly name: 'refund'; readonly captureId: string; readonly amount: number };

/** A request that is refused before anything is looked up; nothing of it is kept. */
export interface Malformed {
  readonly status: number;
  readonly code: string;
}

// Twelve digits: an amount can never be mistaken for a card number.
const AMOUNT_MAX = 999_999_999_999;
const METHOD_CHARACTERS_MAX = 64;
const REFERENCE_CHARACTERS_MAX = 128;
const KEY = /^[\x21-\x7e]{1,255}$/;
const CURRENCY = /^[A-Z]{3}$/;
const ON_AUTHORISATION = /^\/authorisations\/([^/]+)\/(capture|void)$/;

const malformed = (code: string, status = 400): Malformed => ({ status, code });

/** Checks an idempotency key: 1 to 255 visible ASCII characters. */
export function readKey(key: string | undefined): string | Malformed {
  if (key === undefined || key === '') return malformed('IDEMPOTENCY_KEY_REQUIRED');
  if (carriesCardNumber(key)) return malformed('CARD_NUMBER_REFUSED');
  return KEY.test(key) ? key : malformed('INVALID_IDEMPOTENCY_KEY');
}

/** Reads a POST. An unknown path is 404, a broken body 400 with the code of what is wrong. */
export function readOperation(path: string, body: string): Operation | Malformed {
  const [, id, verb] = ON_AUTHORISATION.exec(path) ?? [];
  const read = id === undefined ? READERS.get(path) : () => on(id, verb as 'capture' | 'void');
  if (read === undefined) return malformed('ROUTE_NOT_FOUND', 404);
  if (carriesCardNumber(body)) return malformed('CARD_NUMBER_REFUSED');
  const fields = parse(body);
  return fields === undefined ? malformed('MALFORMED_BODY') : read(fields);
}

type Fields = Readonly<Record<string, unknown>>;

const READERS: ReadonlyMap<string, (fields: Fields) => Operation | Malformed> = new Map([
  ['/authorisations', readAuthorise],
  ['/voids', readVoidByKey],
  ['/refunds', readRefund],
]);

const on = (authorisation: string, name: 'capture' | 'void'): Operation => ({
  name,
  authorisation,
});

function readAuthorise({ amount, currency, method, reference }: Fields): Operation | Malformed {
  if (!isAmount(amount)) return malformed('INVALID_AMOUNT');
  if (typeof currency !== 'string' || !CURRENCY.test(currency)) {
    return malformed('INVALID_CURRENCY');
  }
  if (!isText(method, METHOD_CHARACTERS_MAX)) return malformed('INVALID_METHOD');
  if (isCardNumber(method)) return malformed('CARD_NUMBER_REFUSED');
  const operation = { name: 'authorise', amount, currency, method } as const;
  if (reference === undefined) return operation;
  if (!isText(reference, REFERENCE_CHARACTERS_MAX)) return malformed('INVALID_REFERENCE');
  // Looked at again, because an escape in the JSON hides digits from the look at the text.
  return carriesCardNumber(reference)
    ? malformed('CARD_NUMBER_REFUSED')
    : { ...operation, reference };
}

function readVoidByKey({ key }: Fields): Operation | Malformed {
  const target = readKey(typeof key === 'string' ? key : undefined);
  if (typeof target === 'string') return { name: 'void-by-key', target };
  return target.code === 'CARD_NUMBER_REFUSED' ? target : malformed('INVALID_KEY');
}

function readRefund({ captureId, amount }: Fields): Operation | Malformed {
  if (!isText(captureId, REFERENCE_CHARACTERS_MAX) || carriesCardNumber(captureId)) {
    return malformed('INVALID_CAPTURE_ID');
  }
  return isAmount(amount) ? { name: 'refund', captureId, amount } : malformed('INVALID_AMOUNT');
}

function parse(body: string): Fields | undefined {
  if (body === '') return {};
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

const isAmount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= AMOUNT_MAX;

const isText = (value: unknown, charactersMax: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= charactersMax;
