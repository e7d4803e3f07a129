// What does a registry hand to the conformance suite of discovery?
import type { Instance, Registry } from '../discovery/index.ts';
import type { Runtime } from '../runtime/index.ts';

/** What a registry promises, in milliseconds of its own clock where it is a time. */
export interface RegistryFeatures {
  /** Whether who is not heard of for its lease goes off the list. */
  readonly hasLeases: boolean;
  /** The shortest lease it grants. */
  readonly leaseMs: number;
  /** From the last beat to the end on the list. */
  readonly expiryMsMax: number;
  /** From a change to the end of a wait for it. */
  readonly changeMsMax: number;
  /** What of an instance it carries beside id, service and url. */
  readonly carries: readonly (keyof Instance)[];
  /** What of a holding that another of the same id replaced is told from it. */
  readonly tellsHoldings: readonly ('renewing' | 'leaving')[];
  /** What a beat after the end of its lease does. */
  readonly lateBeat: 'is told' | 'revives it';
  /** Whether this test can put it out of reach: `away` and `back`. */
  readonly canBeAway: boolean;
  /** Whether this test can make it lose its memory: `forget`. */
  readonly canForget: boolean;
}

/** A registry of its own for one check. */
export interface RunningRegistry {
  /** Of the clients. */
  readonly runtime: Runtime;
  /** Another client, as another process would have it; `now` of its machine may be off. */
  connect(clockOffMs?: number): Registry;
  /** Lets so much time go by, for the registry and for its clients. */
  pass(ms: number): Promise<void>;
  /** It forgets who is registered. */
  forget?(): Promise<void>;
  /** It cannot be reached, until `back`. */
  away?(): Promise<void>;
  back?(): Promise<void>;
  close(): Promise<void>;
}

export interface RegistryUnderTest {
  readonly features: RegistryFeatures;
  /** Service names that this check may use begin with it: others use the same registry. */
  open(): Promise<RunningRegistry & { readonly prefix: string }>;
}
