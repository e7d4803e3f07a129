// How does a topology say that its services keep their state in PostgreSQL?
import { OffshootError } from 'offshoot/error';
import type { StoreAdapter, StorePlace } from 'offshoot/host';
import type { PostgresStoreOptions } from './postgres-store.ts';

export interface PostgresStoresOptions extends Pick<PostgresStoreOptions, 'limits' | 'pollMs'> {
  /** The environment variable with the URL of the database. @default 'DATABASE_URL' */
  readonly env?: string;
}

/**
 * A schema for each service, in the database of `DATABASE_URL`; a service with a database of its own
 * has its URL in a variable that begins with its name: `ORDERS_DATABASE_URL`.
 *
 * @example
 * topology({ …, store: postgresStores() })
 */
export function postgresStores(options: PostgresStoresOptions = {}): StoreAdapter {
  const { env = 'DATABASE_URL', ...limits } = options;
  const place = ({ settings, address, ...at }: StorePlace) => {
    const own = `${at.service.toUpperCase().replaceAll('-', '_')}_${env}`;
    const given = address === undefined || !address.includes(':') ? undefined : address;
    const url = given ?? settings.find(own) ?? settings.find(env);
    if (url === undefined)
      throw new OffshootError(
        'BAD_SETTING',
        `${env} is not set: give postgres://user:password@host:port/database, or ${own} for ${at.service} alone`,
      );
    if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol))
      throw new OffshootError('BAD_SETTING', `${env} or ${own} is no postgres:// address`);
    const { runtime, service } = at;
    return { runtime, service, url, schema: service.replaceAll('-', '_') };
  };
  // Loaded when a store is opened: a topology that only may move to PostgreSQL starts without its driver.
  const moves = async () => (await import('./store-moves.ts')).postgresMoves(place);
  return {
    kind: 'postgres',
    async open(at) {
      const placed = place(at);
      const { postgresStore } = await import('./postgres-store.ts');
      return postgresStore({ ...at, ...placed, ...limits });
    },
    moves: {
      source: async (at) => (await moves()).source(at),
      check: async (at, identity) => (await moves()).check(at, identity),
      target: async (at, move) => (await moves()).target(at, move),
      took: async (at, id) => (await moves()).took(at, id),
      isSealed: async (at, id) => (await moves()).isSealed(at, id),
      unseal: async (at, id) => (await moves()).unseal(at, id),
    },
  };
}
