// What does one entry of the log say? Pinned: decision record 0001 and its golden file.
import type { Position } from './position.ts';

export interface Entry {
  readonly epoch: number;
  readonly seq: number;
  /** The commit: entries with the same unit happened together. */
  readonly unit: string;
  readonly stream: string;
  readonly version: number;
  /** UUIDv7 */
  readonly id: string;
  readonly type: string;
  readonly schema: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly key: string;
  readonly correlation: string;
  readonly causation: string;
  /** Who: `user:<id>`, `service:<name>`. */
  readonly actor: string;
  readonly tenant: string;
  /** Whose personal data is inside, if any. */
  readonly subject?: string;
  readonly public: boolean;
  /** Position of the previous public entry with the same key. */
  readonly previous?: Position;
  /** Personal fields sealed. */
  readonly data: unknown;
  readonly meta: Readonly<Record<string, unknown>>;
  /** CRC-32 of the stored bytes with the position. */
  readonly sum: number;
}

/** Layout of an entry's stored bytes; readers accept this and the one before. */
export const ENTRY_FORMAT = 1;
