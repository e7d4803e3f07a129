// What do the harness and whoever crashes it say to each other?
import type { Arming } from '../points.ts';
import type { Defect } from './planted-defects.ts';

export type StoreKind = 'sqlite' | 'postgres';

/** The one argument of the process, as JSON. */
export interface HarnessSetting {
  readonly store: StoreKind;
  /** Where its files are; for PostgreSQL that of the keyring. */
  readonly folder: string;
  /** Where each service's store is, for PostgreSQL. */
  readonly places?: Readonly<Record<string, { readonly url: string; readonly schema: string }>>;
  /** Numbers the processes of one folder, upwards. */
  readonly life: number;
  /** Who holds its leases. */
  readonly holder: string;
  /** Others work on the same stores at the same time: no process is their only writer. */
  readonly isReplica?: boolean;
  readonly arming?: Arming;
  readonly defect?: Defect;
  /** After so many pages the write-ahead log goes into the database. @default the product's */
  readonly checkpointPages?: number;
}

/** A client's request. */
export interface Asked {
  readonly kind: 'ask';
  readonly number: number;
  readonly operation: 'pay' | 'transfer';
  readonly input: { readonly id: string; readonly account: string; readonly amount: number };
}

export type ToHarness = Asked | { readonly kind: 'rest' } | { readonly kind: 'end' };

export type FromHarness =
  | { readonly kind: 'ready'; readonly startMs: number }
  /** Somebody else is in the middle of a write, and does not go on. */
  | { readonly kind: 'blocked' }
  /** `text` is the answer in one line, without what may differ in a repeat; '' = no answer. */
  | {
      readonly kind: 'answer';
      readonly number: number;
      readonly text: string;
      readonly code: string;
    }
  /** What has not come to rest; empty when all has. */
  | { readonly kind: 'rest'; readonly waitsFor: readonly string[] };

/** Milliseconds that a lease of the harness lasts. */
export const LEASE_MS = 2_000;
