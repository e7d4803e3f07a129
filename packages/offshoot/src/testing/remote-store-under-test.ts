// How does the suite get stores of another process, and a wire to it that fails on purpose?
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OffshootError } from '../error/index.ts';
import type { Outbound, OutboundReply, Runtime } from '../runtime/index.ts';
import { sealer } from '../security/index.ts';
import type { Store } from '../store/index.ts';
import {
  httpWire,
  REMOTE_COLLECTIONS,
  remoteStore,
  type StoreDoor,
  storeDoor,
  type Wire,
} from '../store/remote/index.ts';
import { beginEpoch, sqliteStore } from '../store/sqlite/index.ts';
import { UNMEASURED } from '../telemetry/index.ts';
import { testKeyring } from './bench.ts';
import { type FragileDatabase, fragileDatabase } from './fragile-database.ts';
import { STORE_CONFORMANCE_COLLECTIONS } from './store-conformance/toys.ts';
import type { OpenedStore, OpenStore, WireFault, WriterUnderTest } from './store-under-test.ts';

export interface RemoteSpoils {
  /** Around the store of the writer. @default as it is */
  readonly store?: (store: Store) => Store;
  /** Around the client's way to the writer. @default as it is */
  readonly wire?: (wire: Wire) => Wire;
  /** How long a call may take. @default 5000 */
  readonly deadlineMs?: number;
}

const asIs = <T>(whole: T): T => whole;
const TOKEN = 'a secret of this test';
const UNAVAILABLE = () => new OffshootError('UNAVAILABLE', 'the connection broke');

/** A database of a process that may be killed: what is open then is rolled back. */
export interface Mortal extends FragileDatabase {
  kill(): void;
}

export function mortalDatabase(runtime: Runtime, file: string): Mortal {
  const real = runtime.openDatabase(file);
  const fragile = fragileDatabase(real);
  let isDead = false;
  return {
    prepare: fragile.prepare,
    failNextFlush: fragile.failNextFlush,
    exec(sql) {
      if (!isDead) return fragile.exec(sql);
      throw new Error('this process is dead');
    },
    get inTransaction() {
      return !isDead && real.inTransaction;
    },
    kill() {
      if (!isDead) real.close();
      isDead = true;
    },
    close() {
      this.kill();
    },
  };
}

interface Life {
  readonly store: Store;
  readonly database: Mortal;
  readonly door: StoreDoor;
}

/** The process with the file, in this one; requests go through its door. */
function writerProcess(runtime: Runtime, live: () => Life) {
  let life: Life | undefined = live();
  let fault: WireFault | undefined;
  let late: Outbound | undefined;

  const answer = async (outbound: Outbound): Promise<OutboundReply> => {
    life ??= live();
    const reply = await life.door.handle({
      method: outbound.method,
      target: new URL(outbound.url).pathname,
      headers: outbound.headers ?? {},
      body: Buffer.from(outbound.body ?? ''),
      remoteAddress: '127.0.0.1',
      signal: outbound.signal ?? new AbortController().signal,
    });
    return { status: reply.status, headers: reply.headers, body: String(reply.body) };
  };

  const kill = (): void => {
    life?.database.kill();
    life?.door.close();
    life = undefined;
  };

  const faulty: Record<WireFault, (outbound: Outbound) => Promise<OutboundReply>> = {
    'lost-request': () => Promise.reject(UNAVAILABLE()),
    async 'lost-answer'(outbound) {
      await answer(outbound);
      throw UNAVAILABLE();
    },
    late(outbound) {
      late = outbound;
      return answer(outbound);
    },
    'dies-before'() {
      kill();
      throw UNAVAILABLE();
    },
    'dies-staged'(outbound) {
      answer(outbound).catch(() => {});
      kill();
      throw UNAVAILABLE();
    },
    async 'dies-after'(outbound) {
      await answer(outbound);
      kill();
      throw UNAVAILABLE();
    },
  };

  const request = async (outbound: Outbound): Promise<OutboundReply> => {
    await new Promise<void>((resolve) => runtime.endOfTurn(resolve));
    if (!outbound.body?.includes('"kind":"unit"')) return answer(outbound);
    const again = late;
    late = undefined;
    const how = fault;
    fault = undefined;
    const reply = await (how ? faulty[how] : answer)(outbound);
    if (again) await answer(again);
    return reply;
  };

  const writer: WriterUnderTest = {
    get store() {
      life ??= live();
      return life.store;
    },
    next(kind) {
      fault = kind;
    },
    restart() {
      kill();
      life = live();
    },
  };
  return {
    writer,
    request,
    failNextFlush() {
      life ??= live();
      life.database.failNextFlush();
    },
    async stop() {
      life?.door.close();
      await life?.store.close();
      life = undefined;
    },
  };
}

/** Opens remote stores, each on a SQLite store in a folder of its own below `root`. */
export function remoteStoreUnderTest(
  runtime: Runtime,
  root: string,
  spoils: RemoteSpoils = {},
): OpenStore {
  const { store: spoilStore = asIs, wire: spoilWire = asIs, deadlineMs = 5_000 } = spoils;
  return async (): Promise<OpenedStore> => {
    const folder = mkdtempSync(join(root, 'remote-'));
    const file = join(folder, 'toys.db');
    const keyring = testKeyring(runtime);
    let aheadMs = 0;
    const clocked = { ...runtime, now: () => runtime.now() + aheadMs };
    const collections = [...STORE_CONFORMANCE_COLLECTIONS, ...REMOTE_COLLECTIONS];
    const live = (): Life => {
      const database = mortalDatabase(runtime, file);
      const seals = sealer(keyring, runtime.cryptography);
      const around = { runtime: clocked, database, service: 'toys', sealer: seals, collections };
      const store = spoilStore(sqliteStore(around));
      const door = storeDoor({ runtime, stores: new Map([['toys', store]]), token: TOKEN });
      return { store, database, door };
    };
    const { writer, request, failNextFlush, stop } = writerProcess(runtime, live);
    const place = () => ({ url: 'http://127.0.0.1:1', token: TOKEN });
    const ways = { runtime: { ...runtime, request }, service: 'toys', place };
    const open = () =>
      remoteStore({ runtime, service: 'toys', wire: spoilWire(httpWire(ways)), deadlineMs });
    let store = await open();
    const reopen = async (change: () => void = () => {}): Promise<Store> => {
      await store.close();
      await stop();
      change();
      store = await open();
      return store;
    };
    return {
      ...{ store, runtime, keyring, metrics: UNMEASURED, writer, failNextFlush },
      reopen: () => reopen(),
      fork: (epoch) =>
        reopen(() => {
          const restored = runtime.openDatabase(file);
          beginEpoch(restored, epoch);
          restored.close();
        }),
      moveClock(ms) {
        aheadMs += ms;
      },
      bytes: async () =>
        Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name)))),
      async close() {
        await store.close();
        await stop();
        keyring.close();
      },
    };
  };
}
