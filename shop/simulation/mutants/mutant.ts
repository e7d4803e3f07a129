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
