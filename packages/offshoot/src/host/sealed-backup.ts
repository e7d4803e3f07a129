// When is a folder of copies a backup? When all of it was read again and a manifest says what it is.
import { OffshootError } from '../error/index.ts';
import type { Database, Runtime } from '../runtime/index.ts';
import type { Files } from '../runtime/node/index.ts';
import { inspectStore, type StoreReport } from '../store/sqlite/index.ts';
import {
  type BackupManifest,
  MANIFEST_FILE,
  type OtherCopy,
  readManifest,
  type StoredCopy,
} from './backup-manifest.ts';
import type { Cut } from './host-backup.ts';

export interface BackupTools {
  readonly runtime: Runtime;
  readonly files: Files;
  /** Told what is being done. */
  readonly onProgress?: (line: string) => void;
}

/**
 * Reads every copy of a cut to its end (pages, entries, sums) and writes the manifest. Takes as
 * long as reading takes: not for the process that serves.
 * @throws STORE_CORRUPT when a copy, and so probably the original, is damaged.
 */
export function sealBackup(tools: BackupTools, folder: string, cut: Cut): BackupManifest {
  const { files } = tools;
  const stores = cut.stores.map(({ service, file }): StoredCopy => {
    const report = inspected(tools, `${folder}/${file}`, service);
    return { file, ...report, ...files.digest(`${folder}/${file}`) };
  });
  const others = cut.others.map((file): OtherCopy => {
    const path = `${folder}/${file}`;
    if (file.endsWith('.db')) singleFile(tools.runtime.openDatabase(path)).close();
    return { file, ...files.digest(path) };
  });
  const { host, release, at } = cut;
  const manifest: BackupManifest = { format: 1, host, release, at, stores, others };
  files.write(`${folder}/${MANIFEST_FILE}`, `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** A copy needs no write-ahead log beside it. */
function singleFile(database: Database): Database {
  database.exec('PRAGMA journal_mode = DELETE');
  return database;
}

function inspected(tools: BackupTools, path: string, service: string): StoreReport {
  const { runtime, onProgress } = tools;
  const database = singleFile(runtime.openDatabase(path));
  try {
    return inspectStore(database, runtime.cryptography.crc32, (read) => {
      if (read % 100_000 === 0) onProgress?.(`${service}: ${read} entries read`);
    });
  } finally {
    database.close();
  }
}

/**
 * Reads the manifest of a backup and every file that it names.
 * @throws STORE_CORRUPT when a file is missing or other than it was written.
 */
export function readBackup(tools: BackupTools, folder: string): BackupManifest {
  const { files, onProgress } = tools;
  const manifest = readManifest(files, folder);
  for (const { file, bytes, sha256 } of [...manifest.stores, ...manifest.others]) {
    onProgress?.(`${file}: ${bytes} bytes`);
    const path = `${folder}/${file}`;
    const found = files.has(path) ? files.digest(path) : undefined;
    if (found?.sha256 !== sha256) {
      const what = found ? `is not as it was written (SHA-256 ${found.sha256})` : 'is missing';
      throw new OffshootError('STORE_CORRUPT', `${path} ${what}: use another backup`);
    }
  }
  return manifest;
}
