// What does the shop's state lie on while the shop is crashed, and what can be done to it?
import { join } from 'node:path';
import type { StorePlaces } from '../../evidence/stores.ts';
import { type Disk, sqliteDisk } from '../disk.ts';
import type { StoreKind } from '../harness/protocol.ts';
import type { Arming, Point } from '../points.ts';
import type { ShopProcess } from './kept-shop.ts';
import { SHOP_COLLECTIONS } from './reading.ts';

export interface Ground {
  readonly store: StoreKind;
  /** Where named points are seen: in the process, or on the way to the database. */
  readonly pointsAreOwn: boolean;
  /** For the shop's process. */
  readonly environment: NodeJS.ProcessEnv;
  /** Arms a point that `reached` then waits for; a process that is not there yet arms its own. */
  arm(arming: Arming, process: ShopProcess | undefined): void;
  disarm(): void;
  reached(process: ShopProcess, timeoutMs: number): Promise<Point | undefined>;
  /** Of the services that a checkout goes through, what is durable now. */
  disk(): Promise<Disk>;
  /** Resolves when nothing is under way for a process that is gone. */
  quiet(): Promise<void>;
  /** Kills the database, starts it again, and calls `look` before anybody else can ask it. */
  databaseKilled?(look: () => Promise<void>): Promise<void>;
  /** Where `verify` finds the stores. */
  readonly books: StorePlaces;
  close(): Promise<void>;
}

/** Files in a folder. */
export function sqliteGround(data: string): Ground {
  const copies = join(data, '../copies');
  return {
    store: 'sqlite',
    pointsAreOwn: true,
    environment: {},
    arm: (arming, process) => process?.send({ kind: 'arm', arming }),
    disarm: () => {},
    reached: (process, timeoutMs) => process.atPoint(timeoutMs),
    disk: async () => sqliteDisk(data, SHOP_COLLECTIONS, copies),
    quiet: async () => {},
    books: { data },
    close: async () => {},
  };
}
