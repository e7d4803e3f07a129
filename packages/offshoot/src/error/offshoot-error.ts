// What does a failure look like, in process, in a journal and on a wire?
import { CODES, type Code } from './codes.ts';

export interface ErrorOptions {
  /** Plain JSON, safe to show to the caller: never a secret, never personal data. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** @default the code's own entry in the table of codes */
  readonly retryable?: boolean;
}

/** The JSON form of an error: what a journal keeps and a wire carries. */
export interface ErrorRecord {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The one error class. Compare `code`, never `instanceof`, across process boundaries.
 *
 * @example
 * const error = new OffshootError('UNAVAILABLE', 'inventory did not answer; try again');
 * error.retryable; // true
 */
export class OffshootError extends Error {
  readonly code: Code;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OffshootError';
    this.code = code;
    this.retryable = options.retryable ?? CODES[code].retryable;
    this.details = options.details ?? {};
  }

  /** Revives an error that a journal or a wire carried. An unknown code is a bad upstream. */
  static from(record: ErrorRecord): OffshootError {
    const code = Object.hasOwn(CODES, record.code) ? (record.code as Code) : 'BAD_UPSTREAM';
    const { retryable, details } = record;
    return new OffshootError(
      code,
      record.message,
      details ? { retryable, details } : { retryable },
    );
  }

  toJSON(): ErrorRecord {
    const { code, message, retryable, details } = this;
    return Object.keys(details).length > 0
      ? { code, message, retryable, details }
      : { code, message, retryable };
  }
}

/** Any thrown value as an OffshootError; what is not ours becomes INTERNAL_ERROR with its cause. */
export function asOffshootError(thrown: unknown): OffshootError {
  if (thrown instanceof OffshootError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new OffshootError('INTERNAL_ERROR', message, { cause: thrown });
}

/** Throws BAD_DEFINITION: a mistake in what the programmer declared, found before anything runs. */
export function badDefinition(message: string): never {
  throw new OffshootError('BAD_DEFINITION', message);
}
