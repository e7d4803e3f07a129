// What does it cost to say no? Far less than to do it, or saying no is what brings a process down.
import { type Code, type ErrorOptions, OffshootError } from '../error/index.ts';

/**
 * An error that says "not now". It has no stack: it is no bug, what matters is in its code and
 * message, and walking the stack is most of what an error costs. In an overload that is most of
 * what is done at all.
 */
export function notNow(code: Code, message: string, options?: ErrorOptions): OffshootError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return new OffshootError(code, message, options);
  } finally {
    Error.stackTraceLimit = limit;
  }
}
