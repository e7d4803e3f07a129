// The public names of offshoot/store/sqlite.

export { inspectStore, type StoreReport } from './inspect-store.ts';
export { beginEpoch, readSchema, SCHEMA_VERSION } from './schema.ts';
export { type SqliteStoreOptions, sqliteStore } from './sqlite-store.ts';
export { entrySum, storedEntry } from './stored-entry.ts';
export { tableOf } from './tables.ts';
