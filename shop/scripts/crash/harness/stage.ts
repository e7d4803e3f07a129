// How is the harness started on a folder, again and again, and looked at when it is at rest?
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clients, clients } from '../clients.ts';
import { type Crashable, crashable } from '../crashable.ts';
import { type Disk, sqliteDisk } from '../disk.ts';
import type { Arming } from '../points.ts';
import { type Faults, faultsOf } from './invariants.ts';
import type { Defect } from './planted-defects.ts';
import type { FromHarness, HarnessSetting, StoreKind, ToHarness } from './protocol.ts';
import { HARNESS_COLLECTIONS } from './reading.ts';

export type Harness = Crashable<ToHarness, FromHarness>;

/** What the stores are kept in. */
export interface Backing {
  readonly store: StoreKind;
  /** What a process is told of it. */
  setting(folder: string): Pick<HarnessSetting, 'places'>;
  /** Looks at what is durable now. */
  disk(folder: string): Promise<Disk>;
}

export const SQLITE: Backing = {
  store: 'sqlite',
  setting: () => ({}),
  disk: async (folder) => sqliteDisk(folder, HARNESS_COLLECTIONS),
};

export interface StageOptions {
  /** @default SQLite */
  readonly backing?: Backing;
  /** A folder is made in it, and removed with the stage. */
  readonly root: string;
  readonly draw: () => number;
  /** @default none: the product as it is */
  readonly defect?: Defect;
  /** @default false: processes take turns, and whoever writes out of turn is stale */
  readonly areReplicas?: boolean;
  /** How long what has begun may take to end. @default 15000 */
  readonly restMs?: number;
}

export interface Starting {
  readonly arming?: Arming;
  /** @default 'first': one name, so that the next process has the leases of the dead one. */
  readonly holder?: string;
  /** @default the backing's */
  readonly places?: HarnessSetting['places'];
  readonly isReplica?: boolean;
  /** @default true */
  readonly isDefective?: boolean;
  /** @default the clients hear it */
  onMessage?(message: FromHarness): void;
}

export interface Stage {
  readonly folder: string;
  readonly who: Clients;
  /** Starts the next process. */
  start(starting?: Starting): Harness;
  ready(harness: Harness): Promise<void>;
  /** The number that it writes. */
  lifeOf(harness: Harness): number;
  /** Looks at what a dead process left. */
  disk(): Promise<Disk>;
  /**
   * Starts a process, asks it for all that is open, waits until all has ended, ends the process and
   * asks the stores. Then the same with every request that was answered: nothing may change.
   */
  settle(): Promise<Faults>;
  /** The same with a process that runs. */
  settleWith(harness: Harness): Promise<Faults>;
  close(): void;
}

const PROCESS = join(import.meta.dirname, 'process.ts');
const IN_FLIGHT_MAX = 16;
const READY_MS_MAX = 15_000;
const REST_MS = 15_000;
const LOOK_MS = 20;
const END_MS_MAX = 10_000;
const CHECKPOINT_PAGES = 60;

const isReady = (message: FromHarness): message is FromHarness & { kind: 'ready' } =>
  message.kind === 'ready';
const isRest = (message: FromHarness): message is FromHarness & { kind: 'rest' } =>
  message.kind === 'rest';

export function stage(options: StageOptions): Stage {
  const { backing = SQLITE, root, draw, defect, restMs = REST_MS } = options;
  const { areReplicas = false } = options;
  const folder = mkdtempSync(join(root, 'harness-'));
  const who = clients({ draw, inFlightMax: IN_FLIGHT_MAX });
  // In every other folder the log goes into the database often, so that kills meet that too.
  const checkpointPages = draw() < 0.5 ? CHECKPOINT_PAGES : undefined;
  const lives = new Map<Harness, { readonly life: number; readonly ready: Promise<unknown> }>();
  let life = 0;

  const start = (starting: Starting = {}): Harness => {
    const { arming, holder = 'first', isDefective = true, onMessage = who.hear } = starting;
    const { places, isReplica } = starting;
    life += 1;
    const setting: HarnessSetting = {
      ...{ store: backing.store, folder, life, holder },
      ...backing.setting(folder),
      ...(places && { places }),
      ...(isReplica && { isReplica }),
      ...(arming && { arming }),
      ...(defect && isDefective && { defect }),
      ...(checkpointPages && { checkpointPages }),
    };
    const args = [PROCESS, JSON.stringify(setting)];
    const harness: Harness = crashable({ args, onMessage });
    const ready = harness.next(isReady, READY_MS_MAX); // from now on: it may be fast
    ready.catch(() => {}); // one that dies on the way is asked by nobody
    lives.set(harness, { life, ready });
    return harness;
  };
  const ready = async (harness: Harness): Promise<void> => {
    await lives.get(harness)?.ready;
  };

  const rested = async (harness: Harness): Promise<void> => {
    const end = performance.now() + restMs;
    for (;;) {
      harness.send({ kind: 'rest' });
      const { waitsFor } = await harness.next(isRest, READY_MS_MAX);
      if (waitsFor.length === 0 && who.open === 0) return;
      if (performance.now() > end) return; // what has not ended is found on the disk
      await sleep(LOOK_MS);
    }
  };
  const askedAgain = async (): Promise<void> => {
    who.askAgain();
    const end = performance.now() + restMs;
    while (who.open > 0 && performance.now() < end) await sleep(LOOK_MS);
  };

  const ended = async (harness: Harness): Promise<Faults> => {
    harness.send({ kind: 'end' });
    await harness.ended(END_MS_MAX);
    const disk = await backing.disk(folder);
    try {
      const { requests, contradictions } = who;
      return await faultsOf(disk, { requests, contradictions, areReplicas });
    } finally {
      await disk.close();
    }
  };

  const settleWith = async (harness: Harness): Promise<Faults> => {
    who.rest();
    await rested(harness);
    const faults = await ended(harness);
    if (Object.values(faults).some((lines) => lines.length > 0)) return faults;
    // Asked first, it would do again what it has lost, and nobody would know.
    const last = start();
    await ready(last);
    who.serve((message) => last.send(message));
    await askedAgain();
    await rested(last);
    return ended(last);
  };

  return {
    ...{ folder, who, start, ready, settleWith },
    lifeOf: (harness) => lives.get(harness)?.life ?? 0,
    disk: () => backing.disk(folder),
    async settle() {
      const last = start();
      await ready(last);
      who.serve((message) => last.send(message));
      return settleWith(last);
    },
    close() {
      for (const one of lives.keys()) if (!one.isGone) void one.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
