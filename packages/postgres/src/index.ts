// The public names of @offshoot/postgres.
export { CONNECTION_DEFAULTS, type ConnectionLimits } from './connection.ts';
export { beginEpoch } from './epochs.ts';
export { type PostgresStoreOptions, postgresStore } from './postgres-store.ts';
export { type PostgresStoresOptions, postgresStores } from './topology-stores.ts';
