// What is read where a person's data was, once that person was erased?

/** What reading a personal field yields once its subject's key is gone. */
export interface Erased {
  readonly erased: true;
}

export const ERASED: Erased = Object.freeze({ erased: true });

export function isErased(value: unknown): value is Erased {
  return typeof value === 'object' && value !== null && (value as Erased).erased === true;
}

/**
 * Changes a personal value and lets an erased one through: how upcasters and evolve functions
 * touch personal fields.
 *
 * @example
 * unlessErased({ erased: true } as const, (name: string) => name.trim()); // { erased: true }
 */
export function unlessErased<T, R>(
  value: T | Erased,
  change: (value: Exclude<T, Erased>) => R,
): R | Erased {
  return isErased(value) ? value : change(value as Exclude<T, Erased>);
}
