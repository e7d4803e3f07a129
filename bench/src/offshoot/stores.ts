// In which database do our services keep their stores during a bench?
import { join } from 'node:path';
import type { Runtime } from 'offshoot/runtime';
import type { Sealer } from 'offshoot/security';
import type { Collection, Store } from 'offshoot/store';
import { sqliteStore } from 'offshoot/store/sqlite';
import { freshDatabase, NO_POSTGRES } from '../servers/postgres.ts';

export interface StorePlace {
  readonly runtime: Runtime;
  readonly service: string;
  readonly sealer: Sealer;
  readonly collections: readonly Collection<any>[];
  /** For what is kept in files. */
  readonly folder: string;
}

export type OpenStore = (place: StorePlace) => Promise<Store>;

export interface StoreKind {
  readonly name: string;
  /** Room for fresh stores; or why there is none here. */
  room(): Promise<OpenStore | { readonly missing: string }>;
}

/** Files with `synchronous = FULL`. */
export const openSqlite: OpenStore = async ({ folder, ...place }) => {
  const database = place.runtime.openDatabase(join(folder, `${place.service}.db`));
  return sqliteStore({ ...place, database });
};

/** The address of an empty database; undefined when there is no PostgreSQL here. */
export const freshPostgres = (): Promise<string | undefined> => freshDatabase('offshoot');

/** Each service in a schema of its own, in the database of `url`. */
export const openPostgres = async (url: string): Promise<OpenStore> => {
  const { postgresStore } = await import('@offshoot/postgres');
  return ({ folder: _none, ...place }) => postgresStore({ ...place, url });
};

export const SQLITE: StoreKind = { name: 'SQLite FULL', room: async () => openSqlite };

export const POSTGRES: StoreKind = {
  name: 'PostgreSQL',
  async room() {
    const url = await freshPostgres();
    return url ? openPostgres(url) : { missing: NO_POSTGRES };
  },
};
