// What is a bug that the simulation must find, and how is it planted?

/** A bug that somebody could write, and has written elsewhere. */
export interface Wanted {
  readonly name: string;
  /**
   * Where it is known from. `trap N`: mistakes of the documents' own code, as `docs/patterns.md`
   * numbers them. `RELIABILITY 1` (what simulations of others found) and `RELIABILITY 3` (sagas,
   * outbox, evolution). Else the part of our own design that it breaks.
   */
  readonly source: string;
  /** What goes wrong, in a sentence. */
  readonly what: string;
}

/** A change of the product's source text, made while it is loaded. */
export interface Patch {
  readonly name: string;
  /** From the repository's root. */
  readonly file: string;
  /** Stands in the file exactly once: short, so that it survives what happens around it. */
  readonly find: string;
  readonly replace: string;
  /** It takes a rare coincidence, and more than a hundred seeds: CI does not draw it. */
  readonly isRare?: true;
}

/** A change that breaks no promise: whoever reports it cries wolf. */
export interface Equivalent extends Patch {
  /** Why nobody can tell. */
  readonly why: string;
}

/** The text with the patch in it. Throws when it does not fit. */
export function patched({ name, file, find, replace }: Patch, text: string): string {
  const parts = text.split(find);
  if (parts.length === 2) return parts.join(replace);
  const times = parts.length - 1;
  throw new Error(
    `'${name}' no longer fits ${file}: what it looks for stands there ${times} times`,
  );
}
