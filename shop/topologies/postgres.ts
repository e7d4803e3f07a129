// How does the whole shop run in one process, each service with a schema of its own in PostgreSQL?
import { postgresStores } from '@offshoot/postgres';
import { topology } from 'offshoot/host';
import { monolith } from './monolith.ts';

const { services: _, ...plan } = monolith;

/** The monolith, but for where its services keep their state: the database of DATABASE_URL. */
export const postgres = topology({ ...plan, name: 'postgres', store: postgresStores() });
