// How are all files of a data folder copied as they were at one moment, while the host serves?
import { OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import {
  type DatabaseSnapshot,
  databaseSnapshot,
  type Folder,
  openFolder,
} from '../runtime/node/index.ts';
import { KEYRING_FILE, storeFile } from './embedded-stores.ts';
import type { OperatorVerbs } from './operator-door.ts';
import { IDENTITIES_FILE } from './store-identities.ts';
import { VERSION } from './version.ts';

/** Copies that have been made but not yet looked at. */
export interface Cut {
  readonly host: string;
  readonly release: string;
  readonly at: number;
  readonly stores: readonly { readonly service: string; readonly file: string }[];
  readonly others: readonly string[];
}

export interface CutOptions {
  readonly runtime: Runtime;
  readonly folder: Folder;
  readonly host: string;
  readonly services: readonly string[];
}

/**
 * Copies every store, the keyring and the identities into the folder `to`. The copies are one cut:
 * no consumer's store knows of an event that its producer's does not have. Reading takes place on
 * threads of its own and keeps nobody waiting.
 */
export async function copyCut(options: CutOptions, to: string): Promise<Cut> {
  const { runtime, folder, host, services } = options;
  const stores = services.map((service) => ({ service, file: storeFile(service) }));
  const snapshots = new Map<string, DatabaseSnapshot>();
  try {
    const at = runtime.now();
    // All in this turn: no store commits between the first snapshot and the last.
    for (const { file } of [...stores, { file: KEYRING_FILE }])
      snapshots.set(file, databaseSnapshot(folder.at(file)));
    openFolder(to).write(IDENTITIES_FILE, folder.read(IDENTITIES_FILE) ?? '{}\n');
    for (const [file, snapshot] of snapshots) {
      await snapshot.copyTo(`${to}/${file}`);
      snapshot.close();
      snapshots.delete(file);
    }
    return { host, release: VERSION, at, stores, others: [KEYRING_FILE, IDENTITIES_FILE] };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OffshootError('UNAVAILABLE', `the backup failed: ${reason}`, { cause });
  } finally {
    for (const snapshot of snapshots.values()) snapshot.close();
  }
}

/** @throws UNAVAILABLE where the stores are no files of this host. */
function refuseElsewhere(kind: string): never {
  const message = `the stores are in ${kind}: back them up with its own tools, in one snapshot, and the data folder with them`;
  throw new OffshootError('UNAVAILABLE', message);
}

/** `backup` where several processes hold the stores: a backup is of one moment. */
export const noBackupVerbs: OperatorVerbs = {
  async backup() {
    const message =
      'several processes hold the stores of this topology: stop them all and copy the data folder';
    throw new OffshootError('UNAVAILABLE', message);
  },
};

/** `backup`: one at a time; `kindOf` tells where a service's store is now. Whoever asks looks at the copies afterwards, in a process of its own. */
export function backupVerbs(
  options: CutOptions,
  kindOf: (service: string) => string,
): OperatorVerbs {
  let running = false;
  return {
    async backup({ to }: { readonly to: string }) {
      const kind = options.services.map(kindOf).find((one) => one !== 'sqlite');
      if (kind !== undefined) refuseElsewhere(kind);
      if (running) throw new OffshootError('OVERLOADED', 'a backup is running: wait for its end');
      running = true;
      try {
        return await copyCut(options, to);
      } finally {
        running = false;
      }
    },
  };
}
