// What does a backup say about itself?
import { OffshootError } from '../error/index.ts';
import type { Digest, Files } from '../runtime/node/index.ts';
import type { StoreReport } from '../store/sqlite/index.ts';

/** One store of the backup, as it was when it was copied. */
export interface StoredCopy extends StoreReport, Digest {
  readonly file: string;
}

/** A file that is no store: the keyring, topology.json. */
export interface OtherCopy extends Digest {
  readonly file: string;
}

/** `manifest.json`: written last, so a folder that has one is a whole backup. */
export interface BackupManifest {
  /** Of this file. A release reads this format and the one before. */
  readonly format: 1;
  readonly host: string;
  /** The release that wrote it. */
  readonly release: string;
  /** Milliseconds since 1970: all stores are as they were at one moment at or after it. */
  readonly at: number;
  readonly stores: readonly StoredCopy[];
  readonly others: readonly OtherCopy[];
}

export const MANIFEST_FILE = 'manifest.json';
const FORMAT = 1;

/** Reads the manifest of a backup. Throws STORE_MISMATCH or STORE_TOO_NEW when it is none of ours. */
export function readManifest(files: Files, folder: string): BackupManifest {
  const text = files.read(`${folder}/${MANIFEST_FILE}`);
  const none = (why: string, cause?: unknown): never => {
    const message = `${folder} is no backup: ${why}`;
    throw new OffshootError('STORE_MISMATCH', message, { cause });
  };
  if (text === undefined) return none(`it has no ${MANIFEST_FILE}`);
  const manifest = parsed(text, none);
  if (manifest.format > FORMAT) {
    const message = `${folder} was written by release ${manifest.release}: restore with that one`;
    throw new OffshootError('STORE_TOO_NEW', message);
  }
  const copies = [...(manifest.stores ?? []), ...(manifest.others ?? [])];
  // A name that leaves the folder would let a backup overwrite what it does not own.
  if (copies.some(({ file }) => !/^[\w][\w.-]*$/.test(file))) none('it names files outside of it');
  return manifest;
}

function parsed(text: string, none: (why: string, cause?: unknown) => never): BackupManifest {
  try {
    const value: unknown = JSON.parse(text);
    if (value && typeof value === 'object' && 'format' in value && 'stores' in value)
      return value as BackupManifest;
  } catch (cause) {
    return none(`its ${MANIFEST_FILE} is not well-formed`, cause);
  }
  return none(`its ${MANIFEST_FILE} says nothing that is known`);
}
