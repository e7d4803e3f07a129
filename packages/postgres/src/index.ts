// The public names of @offshoot/postgres.
export { CONNECTION_DEFAULTS, type ConnectionLimits } from './connection.ts';
export { type PostgresStoreOptions, postgresStore } from './postgres-store.ts';
