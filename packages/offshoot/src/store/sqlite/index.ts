// The public names of offshoot/store/sqlite.

export { inspectStore, type StoreReport } from './inspect-store.ts';
export { type LogTail, logTail } from './log-tail.ts';
export { arrivalOf, sealOf, unsealFile } from './move-marks.ts';
export { sqliteRowSource } from './row-source.ts';
export { type SqliteRowTargetOptions, sqliteRowTarget } from './row-target.ts';
export { beginEpoch, readSchema, SCHEMA_VERSION } from './schema.ts';
export { type SqliteStoreOptions, sqliteStore } from './sqlite-store.ts';
export { entrySum, type Stored, storedEntry } from './stored-entry.ts';
export { tableOf } from './tables.ts';
