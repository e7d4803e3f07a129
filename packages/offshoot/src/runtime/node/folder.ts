// Where does one process keep its files, and is it the only one that does?
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { OffshootError } from '../../error/index.ts';
import { openNodeDatabase } from './database.ts';

/** A folder of this machine. Names are plain file names inside it. */
export interface Folder {
  /** Absolute. */
  readonly path: string;
  at(name: string): string;
  has(name: string): boolean;
  /** The whole text, or undefined when there is no such file. */
  read(name: string): string | undefined;
  /** Replaces the file, whole or not at all, durable on return. Readable by its owner only. */
  write(name: string, text: string): void;
  remove(name: string): void;
  /**
   * Locks `name` until released or until this process ends, however it ends: the lock is the
   * operating system's. Undefined when another process holds it.
   */
  lock(name: string): (() => void) | undefined;
}

const OWNER_ONLY = 0o600;

/** Makes `path` and what is missing above it. Node's own recursion never ends below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  mkdirSync(path, { mode: 0o700 });
}

/** Opens or makes a folder. Throws DATA_FOLDER_UNWRITABLE with what to do about it. */
export function openFolder(given: string): Folder {
  const path = resolve(given);
  try {
    makeFolder(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unwritable(path, cause);
  }
  const at = (name: string) => join(path, name);
  const guarded = <T>(task: () => T): T => {
    try {
      return task();
    } catch (cause) {
      throw unwritable(path, cause);
    }
  };
  const read = (name: string) => {
    return existsSync(at(name)) ? readFileSync(at(name), 'utf8') : undefined;
  };
  return {
    path,
    at,
    has: (name) => existsSync(at(name)),
    read: (name) => guarded(() => read(name)),
    write: (name, text) =>
      guarded(() => {
        renameSync(written(at(name), text), at(name));
        flush(path);
      }),
    remove: (name) => guarded(() => rmSync(at(name), { force: true })),
    lock: (name) => lock(at(name), path),
  };
}

function unwritable(path: string, cause: unknown): OffshootError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
  const message = `the data folder ${path} cannot be written (${reason}): give it to this user, or set OFFSHOOT_DATA to another folder`;
  return new OffshootError('DATA_FOLDER_UNWRITABLE', message, { cause });
}

/** A new file beside `path`, its bytes on the disk. */
function written(path: string, text: string): string {
  const fresh = `${path}.${process.pid}.new`;
  const file = openSync(fresh, 'w', OWNER_ONLY);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return fresh;
}

function flush(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Node has no file locks of its own; SQLite's are the operating system's. */
function lock(path: string, folder: string): (() => void) | undefined {
  try {
    const database = openNodeDatabase(path);
    try {
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;');
    } catch (cause) {
      database.close();
      throw cause;
    }
    return () => database.close();
  } catch (cause) {
    if (/locked|busy/i.test(String(cause))) return undefined;
    throw unwritable(folder, cause);
  }
}
