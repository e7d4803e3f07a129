// How does a stopped data folder get the stores of a backup, and a history that says so?
import { OffshootError } from '../error/index.ts';
import type { Database, Runtime } from '../runtime/index.ts';
import { isoTime } from '../runtime/index.ts';
import { type Folder, openFolder } from '../runtime/node/index.ts';
import { keyringIdentity } from '../security/index.ts';
import type { Position } from '../store/index.ts';
import { beginEpoch, inspectStore, readSchema } from '../store/sqlite/index.ts';
import type { BackupManifest, StoredCopy } from './backup-manifest.ts';
import { KEYRING_FILE } from './embedded-stores.ts';
import { placements, shown } from './placements.ts';
import { finishReplacement, replaceFiles } from './replacement.ts';
import { type BackupTools, readBackup } from './sealed-backup.ts';
import { IDENTITIES_FILE } from './store-identities.ts';

export interface RestoreOptions {
  /** The backup's folder; it is only read. */
  readonly from: string;
  /** The data folder. No host may run on it. */
  readonly data: string;
  /** Services to restore. @default all of the backup */
  readonly only?: readonly string[];
}

export interface RestoredStore {
  readonly service: string;
  /** Where the log goes on from. */
  readonly head: Position;
  /** The epoch of what is written from now on. */
  readonly epoch: number;
  /** Head of the file that was replaced; undefined when there was none that can be read. */
  readonly replaced?: Position;
}

export interface RestoreReport {
  readonly stores: readonly RestoredStore[];
  /** `kept`: the folder's own keyring knows every key of the backup and every erasure since. */
  readonly keyring: 'kept' | 'restored';
  /** The folder with what was replaced. */
  readonly aside: string;
}

const STAGING = 'restore-';
const ASIDE = 'replaced-';
const HOUR_MS = 3_600_000;
const HOURS_BEFORE_2020 = 438_288; // since 1970

/**
 * Puts the stores of a backup in the place of the present ones, each in a new epoch. First all of
 * the backup is read and checked; what it replaces is kept aside; a crash on the way leaves all
 * files old or, once the next restore or start has gone on with it, all of them new.
 * @throws DATA_FOLDER_IN_USE, STORE_CORRUPT, STORE_MISMATCH, STORE_TOO_NEW, BAD_SETTING
 */
export function restore(tools: BackupTools, options: RestoreOptions): RestoreReport {
  const { files, runtime } = tools;
  const manifest = readBackup(tools, options.from);
  const chosen = chosenOf(manifest, options.only);
  const data = openFolder(options.data);
  refuseMoved(data, chosen);
  const folder = data.path;
  const release = lockAll(folder, [manifest.host, ...hostsOf(files.list(folder))]);
  try {
    finishReplacement(files, folder);
    for (const name of files.list(folder))
      if (name.startsWith(STAGING)) files.removeTree(`${folder}/${name}`); // of one that crashed
    const stamp = isoTime(runtime.now()).replace(/[-:.]/g, '');
    const work = { ...options, tools, folder, staging: `${folder}/${STAGING}${stamp}` };
    files.makeFolder(work.staging);
    const stores = chosen.map((copy) => stageStore(work, copy));
    const names = chosen.map(({ file }) => file);
    const keyring = stageKeyring(work, manifest, names);
    stageIdentities(work, chosen, names);
    const [from, aside] = [STAGING + stamp, ASIDE + stamp];
    replaceFiles(files, folder, { from, aside, names });
    return { stores, keyring, aside: `${folder}/${aside}` };
  } finally {
    release();
  }
}

interface Work extends RestoreOptions {
  readonly tools: BackupTools;
  /** The data folder, absolute. */
  readonly folder: string;
  readonly staging: string;
}

function chosenOf({ stores }: BackupManifest, only: readonly string[] | undefined): StoredCopy[] {
  const unknown = only?.find((name) => !stores.some(({ service }) => service === name));
  if (unknown === undefined) return stores.filter(({ service }) => !only || only.includes(service));
  const known = stores.map(({ service }) => service).join(', ');
  throw new OffshootError('BAD_SETTING', `the backup has no store of ${unknown}, only ${known}`);
}

/** A file in its place would say nothing: the host opens the store where it moved to. */
function refuseMoved(folder: Folder, chosen: readonly StoredCopy[]): void {
  for (const { service } of chosen) {
    const { store = 'sqlite', moving } = placements(folder).of(service);
    if (store === 'sqlite' && !moving) continue;
    const where = moving ? 'is moving' : `moved to ${shown(store)}`;
    const message = `the store of ${service} ${where}: start the host and move it back to sqlite, or restore with --only the others`;
    throw new OffshootError('BAD_SETTING', message);
  }
}

const hostsOf = (names: readonly string[]): string[] =>
  names.flatMap((name) => /^host-(.+)\.lock$/.exec(name)?.[1] ?? []);

function lockAll(path: string, hosts: readonly string[]): () => void {
  const folder = openFolder(path);
  const held: (() => void)[] = [];
  const release = () => {
    for (const one of held) one();
  };
  for (const host of new Set(hosts)) {
    const lock = folder.lock(`host-${host}.lock`);
    if (lock) {
      held.push(lock);
      continue;
    }
    release();
    const message = `host ${host} runs on ${path}: stop it first, a restore needs the folder alone`;
    throw new OffshootError('DATA_FOLDER_IN_USE', message);
  }
  return release;
}

function stageStore({ tools, from, folder, staging }: Work, copy: StoredCopy): RestoredStore {
  const { files, runtime, onProgress } = tools;
  const { service, file } = copy;
  onProgress?.(`${service}: reading ${copy.entries} entries`);
  const present = presentStore(runtime, files.has(`${folder}/${file}`), `${folder}/${file}`, copy);
  files.copy(`${from}/${file}`, `${staging}/${file}`);
  const epoch = nextEpoch(copy, present, runtime.now());
  const database = runtime.openDatabase(`${staging}/${file}`);
  try {
    const found = inspectStore(database, runtime.cryptography.crc32);
    if (found.identity !== copy.identity || found.logSum !== copy.logSum)
      throw new OffshootError('STORE_CORRUPT', `${file} of the backup is not what it says it is`);
    database.exec('PRAGMA synchronous = FULL');
    beginEpoch(database, epoch);
    return { service, head: found.head, epoch, ...(present && { replaced: present.head }) };
  } finally {
    database.close();
  }
}

interface Present {
  readonly epoch: number;
  readonly head: Position;
}

/** The store that is about to be replaced, as far as it can be read. */
function presentStore(
  runtime: Runtime,
  isThere: boolean,
  path: string,
  copy: StoredCopy,
): Present | undefined {
  if (!isThere) return undefined;
  const facts = glance(runtime, path, (database) => ({
    ...readSchema(database),
    last: database.prepare('SELECT seq, epoch FROM log ORDER BY seq DESC LIMIT 1').get(),
  }));
  if (!facts) return undefined; // it is damaged: that is what backups are for
  if (facts.identity !== copy.identity) {
    const message = `${path} is another store than the one of the backup (${facts.identity}, not ${copy.identity}): restore into a folder of its own`;
    throw new OffshootError('STORE_MISMATCH', message);
  }
  const { seq = 0, epoch = 1 } = facts.last ?? {};
  return {
    epoch: facts.epochs.at(-1)?.epoch ?? 1,
    head: { epoch: Number(epoch), seq: Number(seq) },
  };
}

function glance<T>(runtime: Runtime, path: string, read: (database: Database) => T): T | undefined {
  let database: Database | undefined;
  try {
    database = runtime.openDatabase(path, { readOnly: true });
    return read(database);
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}

/**
 * A number that no history of this store has had. Where the present file cannot tell which it had,
 * the hours since 2020 are taken: more than restores can ever have been.
 */
function nextEpoch(copy: StoredCopy, present: Present | undefined, now: number): number {
  const stored = copy.epochs.at(-1)?.epoch ?? 1;
  if (present) return Math.max(stored, present.epoch) + 1;
  return Math.max(stored + 1, Math.floor(now / HOUR_MS) - HOURS_BEFORE_2020);
}

function stageKeyring(
  { tools, from, folder, staging }: Work,
  manifest: BackupManifest,
  names: string[],
): RestoreReport['keyring'] {
  const { files, runtime } = tools;
  const present = glance(runtime, `${folder}/${KEYRING_FILE}`, keyringIdentity);
  if (!manifest.others.some(({ file }) => file === KEYRING_FILE)) return 'kept';
  const stored = glance(runtime, `${from}/${KEYRING_FILE}`, keyringIdentity);
  if (present !== undefined && present === stored) return 'kept';
  if (present !== undefined) {
    const message = `${folder}/${KEYRING_FILE} is another installation's keyring: restore into a folder of its own`;
    throw new OffshootError('STORE_MISMATCH', message);
  }
  files.copy(`${from}/${KEYRING_FILE}`, `${staging}/${KEYRING_FILE}`);
  names.push(KEYRING_FILE);
  return 'restored';
}

/** The folder's own identities stay; those of the restored stores are added where they are new. */
function stageIdentities({ tools, folder, staging }: Work, chosen: StoredCopy[], names: string[]) {
  const { files } = tools;
  const before = identitiesOf(files.read(`${folder}/${IDENTITIES_FILE}`));
  const after = { ...before };
  for (const { service, identity } of chosen) after[service] = identity;
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  files.write(`${staging}/${IDENTITIES_FILE}`, `${JSON.stringify(after, null, 2)}\n`);
  names.push(IDENTITIES_FILE);
}

function identitiesOf(text: string | undefined): Record<string, string> {
  try {
    return JSON.parse(text ?? '{}') as Record<string, string>;
  } catch {
    return {}; // what cannot be read is replaced, and kept aside
  }
}
