// How do stores in files of the data folder open, come and go?
import { isoTime } from '../runtime/index.ts';
import { type Folder, nodeFiles } from '../runtime/node/index.ts';
import {
  arrivalOf,
  sealOf,
  sqliteRowSource,
  sqliteRowTarget,
  sqliteStore,
  unsealFile,
} from '../store/sqlite/index.ts';
import { opened, storeFile } from './embedded-stores.ts';
import { replaceFiles } from './replacement.ts';
import type { StoreAdapter, StoreMoves, StorePlace } from './topology.ts';

const PARTS = ['-wal', '-shm', ''];
const stagingOf = (service: string) => `moving-${service}`;

/** One SQLite file a service. The caller holds the lock on the folder. */
export function sqliteStores(folder: Folder): StoreAdapter & { readonly moves: StoreMoves } {
  return {
    kind: 'sqlite',
    async open({ runtime, service, sealer, collections }) {
      return opened(runtime, folder, storeFile(service), (database) =>
        sqliteStore({ runtime, database, service, sealer, collections }),
      );
    },
    moves: sqliteMoves(folder),
  };
}

/**
 * A store that comes is written into a folder of its own, and takes its place when it is complete, in steps that the
 * next start goes on with. One that was left is sealed, and kept in a folder `moved-…`.
 */
function sqliteMoves(folder: Folder): StoreMoves {
  const files = nodeFiles();
  const inFile = <T>(path: string, place: StorePlace, none: T, look: (file: any) => T): T => {
    if (!files.has(path)) return none;
    const database = place.runtime.openDatabase(path);
    try {
      return look(database);
    } finally {
      database.close();
    }
  };
  const stamp = (place: StorePlace) => isoTime(place.runtime.now()).replace(/[-:.]/g, '');
  return {
    async source({ runtime, service }) {
      return sqliteRowSource(runtime.openDatabase(folder.at(storeFile(service))));
    },
    async check() {}, // what is in its place when it comes is set aside
    async target({ runtime, service }, { id, facts }) {
      const staging = folder.at(stagingOf(service));
      files.removeTree(staging); // of one that ended half way
      files.makeFolder(staging);
      const database = runtime.openDatabase(`${staging}/${storeFile(service)}`);
      const { crc32 } = runtime.cryptography;
      const remove = () => files.removeTree(staging);
      return sqliteRowTarget({ database, service, facts, id, crc32, remove });
    },
    async took(place, id) {
      const { service } = place;
      const [from, name] = [stagingOf(service), storeFile(service)];
      const has = (path: string) => inFile(path, place, false, (file) => arrivalOf(file) === id);
      if (has(folder.at(`${from}/${name}`))) {
        const aside = `replaced-${service}-${stamp(place)}`;
        replaceFiles(files, folder.path, { from, aside, names: [name] });
        return true;
      }
      files.removeTree(folder.at(from));
      return has(folder.at(name));
    },
    isSealed: async (place, id) =>
      inFile(folder.at(storeFile(place.service)), place, false, (file) => sealOf(file)?.id === id),
    unseal: async (place, id) =>
      inFile(folder.at(storeFile(place.service)), place, undefined, (file) => unsealFile(file, id)),
    async retire(place) {
      const name = storeFile(place.service);
      const isLeft = () =>
        inFile(folder.at(name), place, false, (file) => sealOf(file) !== undefined);
      if (!folder.has(name) || !isLeft()) return undefined;
      const aside = folder.at(`moved-${place.service}-${stamp(place)}`);
      files.makeFolder(aside);
      for (const part of PARTS)
        if (folder.has(`${name}${part}`))
          files.move(folder.at(`${name}${part}`), `${aside}/${name}${part}`);
      return aside;
    },
  };
}
