// How does the conformance suite get stores on a real server, each in a schema of its own?
import type { Runtime } from 'offshoot/runtime';
import { nodeRuntime } from 'offshoot/runtime/node';
import { sealer } from 'offshoot/security';
import type { Collection, Store } from 'offshoot/store';
import { UNMEASURED } from 'offshoot/telemetry';
import {
  type OpenedStore,
  type OpenStore,
  STORE_CONFORMANCE_COLLECTIONS,
  testKeyring,
} from 'offshoot/testing';
import pg from 'pg';
import { type Connection, ConnectionLost } from './connection.ts';
import { beginEpoch } from './epochs.ts';
import { postgresStore } from './postgres-store.ts';

/** The server under test. */
export const POSTGRES_URL = process.env.POSTGRES_URL ?? '';

const ids = nodeRuntime();
export const freshSchema = (): string => `t_${ids.id().replaceAll('-', '')}`;

/** One statement, or several, with a connection of its own. */
export async function sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(POSTGRES_URL);
  await client.connect();
  try {
    const answer: unknown = await client.query(text, values);
    const last = (Array.isArray(answer) ? answer.at(-1) : answer) as pg.QueryResult;
    return last.rows;
  } finally {
    await client.end();
  }
}

export const dropSchema = (schema: string) => sql(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);

/** Stores of one fresh schema, as several processes would have them open. */
export function storesOfOneSchema() {
  const runtime = nodeRuntime();
  const keyring = testKeyring(runtime);
  const schema = freshSchema();
  const stores: Store[] = [];
  return {
    ...{ runtime, keyring, schema },
    async open(): Promise<Store> {
      const seals = sealer(keyring, runtime.cryptography);
      const store = await postgresStore({
        ...{ runtime, url: POSTGRES_URL, service: 'toys', schema, collections: [], sealer: seals },
      });
      stores.push(store);
      return store;
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()));
      await dropSchema(schema);
      keyring.close();
    },
  };
}

/** Which statement is lost on its way, or its answer. */
export interface Spoil {
  next: 'nothing' | 'request' | 'answer';
}

export const spoiling =
  (spoil: Spoil) =>
  (writer: Connection): Connection => ({
    ...writer,
    get isUp() {
      return writer.isUp;
    },
    async run(statement, values) {
      const { next } = spoil;
      if (statement.name !== 'commit' || next === 'nothing') return writer.run(statement, values);
      spoil.next = 'nothing';
      if (next === 'answer') await writer.run(statement, values);
      writer.drop();
      throw new ConnectionLost('lost on purpose');
    },
  });

/** Opens PostgreSQL stores; failed flushes are commits whose connection breaks before they are sent. */
export function postgresStoreUnderTest(runtime: Runtime): OpenStore {
  return async (): Promise<OpenedStore> => {
    const schema = freshSchema();
    const keyring = testKeyring(runtime);
    const seals = sealer(keyring, runtime.cryptography);
    const spoil: Spoil = { next: 'nothing' };
    let aheadMs = 0;
    const collections = STORE_CONFORMANCE_COLLECTIONS as readonly Collection<any>[];
    const openStore = () =>
      postgresStore(
        { runtime, url: POSTGRES_URL, service: 'toys', schema, sealer: seals, collections },
        { aheadMs: () => aheadMs, onWriter: spoiling(spoil) },
      );
    let store = await openStore();
    const reopen = async (change: () => Promise<void> = async () => {}): Promise<Store> => {
      await store.close();
      await change();
      store = await openStore();
      return store;
    };
    return {
      ...{ store, runtime, keyring, metrics: UNMEASURED },
      reopen: () => reopen(),
      fork: (epoch) => reopen(() => beginEpoch({ runtime, url: POSTGRES_URL, schema }, epoch)),
      moveClock(ms) {
        aheadMs += ms;
      },
      failNextFlush() {
        spoil.next = 'request';
      },
      async bytes() {
        const tables = ['log', 'heads', 'documents', 'groups', 'meta'];
        const all = await Promise.all(
          tables.map((table) => sql(`SELECT * FROM ${schema}.${table}`)),
        );
        return Buffer.from(JSON.stringify(all));
      },
      async close() {
        await store.close();
        keyring.close();
        await dropSchema(schema);
      },
    };
  };
}
