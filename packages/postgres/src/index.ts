// The public names of @offshoot/postgres.
export { CONNECTION_DEFAULTS, type ConnectionLimits } from './connection.ts';
export { beginEpoch } from './epochs.ts';
export { type PostgresStoreOptions, postgresStore } from './postgres-store.ts';
export {
  postgresHead,
  postgresSnapshot,
  type SnapshotOptions,
  type StoreSnapshot,
} from './snapshot.ts';
export { type PostgresStoresOptions, postgresStores } from './topology-stores.ts';
