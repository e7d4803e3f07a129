// How does a topology say that its services keep their state in PostgreSQL?
import { OffshootError } from 'offshoot/error';
import type { StoreAdapter } from 'offshoot/host';
import type { PostgresStoreOptions } from './postgres-store.ts';
import { postgresStore } from './postgres-store.ts';

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
  return {
    kind: 'postgres',
    async open({ settings, ...place }) {
      const own = `${place.service.toUpperCase().replaceAll('-', '_')}_${env}`;
      const url = settings.find(own) ?? settings.find(env);
      if (url === undefined)
        throw new OffshootError(
          'BAD_SETTING',
          `${env} is not set: give postgres://user:password@host:port/database, or ${own} for ${place.service} alone`,
        );
      if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol))
        throw new OffshootError('BAD_SETTING', `${env} or ${own} is no postgres:// address`);
      return postgresStore({ ...place, ...limits, url });
    },
  };
}
