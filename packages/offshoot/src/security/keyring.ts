// Where do the keys of personal data live, and how does a person's data end?

export interface SubjectKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/**
 * One per installation, no service's store. A key is durable here before a unit that uses it
 * may commit; an unused key is harmless. Forgetting a subject deletes its key, so that every
 * copy of its data, wherever it lies, reads as `Erased`.
 */
export interface Keyring {
  /** The key, `erased`, or `missing` (never made, or not in this host's cache yet). */
  find(subject: string): SubjectKey | 'erased' | 'missing';
  /** Makes the keys that do not exist, durably, and brings the others into the cache. */
  ensure(subjects: readonly string[]): Promise<void>;
  /** Deletes the key. Resolves when that is durable; other hosts follow within 60 s. */
  forget(subject: string): Promise<void>;
  /** A key for look-ups by a personal value (an e-mail): the same for the installation's life. */
  readonly lookupKey: Uint8Array;
  close(): void;
}

/** Thrown inside a unit's synchronous part: make the key, then run the unit again. */
export class KeyMissing extends Error {
  readonly subject: string;
  constructor(subject: string) {
    super(`the key of ${subject} is not at hand`);
    this.name = 'KeyMissing';
    this.subject = subject;
  }
}
