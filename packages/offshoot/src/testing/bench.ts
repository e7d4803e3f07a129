// What does a test need around one service's store: runtime, keyring, sealer?
import type { Runtime } from '../runtime/index.ts';
import { embeddedKeyring, type Keyring, type Sealer, sealer } from '../security/index.ts';
import type { Collection, Stamp, Store, UnitContext } from '../store/index.ts';
import { sqliteStore } from '../store/sqlite/index.ts';
import { UNMEASURED } from '../telemetry/index.ts';
import { fragileDatabase } from './fragile-database.ts';

export interface BenchOptions {
  readonly runtime: Runtime;
  /** @default 'toys' */
  readonly service?: string;
  readonly collections?: readonly Collection<any>[];
  /** @default ':memory:' */
  readonly path?: string;
  /** @default a new one in memory */
  readonly keyring?: Keyring;
}

/** A real store on SQLite, ready for units of work. */
export interface Bench extends UnitContext {
  readonly store: Store;
  readonly sealer: Sealer;
  failNextFlush(): void;
}

export const TEST_MASTER_KEY = new Uint8Array(32).fill(7);

export function testKeyring(runtime: Runtime, path = ':memory:'): Keyring {
  return embeddedKeyring(runtime, runtime.openDatabase(path), TEST_MASTER_KEY);
}

/** Opens a SQLite store with everything that `runUnit` wants. */
export function bench(options: BenchOptions): Bench {
  const { runtime, service = 'toys', collections = [], path = ':memory:' } = options;
  const keyring = options.keyring ?? testKeyring(runtime);
  const seals = sealer(keyring, runtime.cryptography);
  const database = fragileDatabase(runtime.openDatabase(path));
  const store = sqliteStore({ runtime, database, service, sealer: seals, collections });
  const { failNextFlush } = database;
  return { runtime, keyring, store, metrics: UNMEASURED, sealer: seals, failNextFlush };
}

/** A stamp for tests that do not care who and why. */
export function testStamp(at = 0): Stamp {
  const ids = { correlation: 'correlation', causation: 'causation', traceparent: '' };
  return { at, actor: 'service:toys', tenant: '', ...ids };
}
