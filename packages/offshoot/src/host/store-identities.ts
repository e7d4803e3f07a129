// Are the files in the data folder the stores that this folder had before?
import { OffshootError } from '../error/index.ts';
import type { Folder } from '../runtime/node/index.ts';

/** `{ service: identity }`, in the data folder. */
export const IDENTITIES_FILE = 'topology.json';

export interface StoreIdentities {
  /** Before opening: throws STORE_MISMATCH when the file of a known store is gone. */
  expect(service: string, file: string): void;
  /** After opening: throws STORE_MISMATCH when the store is another one than before. */
  check(service: string, file: string, identity: string): void;
  /** Remembers the stores that are new, durably. */
  keep(): void;
}

/** The identities that the topology last used. */
export function storeIdentities(folder: Folder): StoreIdentities {
  const known = read(folder);
  const before = known.size;
  const mismatch = (message: string): never => {
    throw new OffshootError('STORE_MISMATCH', message);
  };
  return {
    expect(service, file) {
      if (known.has(service) && !folder.has(file))
        mismatch(
          `the store of ${service} is gone: put back ${folder.at(file)}, or restore a backup of the folder`,
        );
    },
    check(service, file, identity) {
      const expected = known.get(service);
      if (expected !== undefined && expected !== identity)
        mismatch(
          `${folder.at(file)} is another store of ${service} than last time (${identity}, expected ${expected}): put back the right file`,
        );
      known.set(service, identity);
    },
    keep() {
      if (known.size === before) return;
      folder.write(IDENTITIES_FILE, `${JSON.stringify(Object.fromEntries(known), null, 2)}\n`);
    },
  };
}

function read(folder: Folder): Map<string, string> {
  const text = folder.read(IDENTITIES_FILE);
  if (text === undefined) return new Map();
  try {
    return new Map(Object.entries(JSON.parse(text) as Record<string, string>));
  } catch (cause) {
    const message = `${folder.at(IDENTITIES_FILE)} is not well-formed: put it back, or remove it to trust the stores as they are`;
    throw new OffshootError('STORE_MISMATCH', message, { cause });
  }
}
