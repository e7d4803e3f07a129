// What is done to whole files, durably, when a store is backed up or restored?
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

export interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

/** Files by absolute path. What returns is on the disk. Throws the system's own errors. */
export interface Files {
  has(path: string): boolean;
  /** Names in a folder, sorted; none when it is not there. */
  list(folder: string): string[];
  read(path: string): string | undefined;
  /** Bytes; 0 when it is not there. */
  size(path: string): number;
  digest(path: string): Digest;
  /** Replaces the file, whole or not at all. Readable by its owner only. */
  write(path: string, text: string): void;
  makeFolder(path: string): void;
  copy(from: string, to: string): void;
  /** Replaces `to`, whole or not at all; a folder too, if `to` is an empty one. */
  move(from: string, to: string): void;
  removeTree(path: string): void;
}

const CHUNK_BYTES = 1 << 20;

function flush(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function digest(path: string): Digest {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const handle = openSync(path, 'r');
  let bytes = 0;
  try {
    for (let read = -1; read !== 0; bytes += read) {
      read = readSync(handle, chunk, 0, CHUNK_BYTES, null);
      hash.update(chunk.subarray(0, read));
    }
  } finally {
    closeSync(handle);
  }
  return { bytes, sha256: hash.digest('hex') };
}

function move(from: string, to: string): void {
  renameSync(from, to);
  flush(dirname(to));
  if (dirname(from) !== dirname(to)) flush(dirname(from));
}

/** The files of this machine. Synchronous: for a process that has nothing else to do. */
export function nodeFiles(): Files {
  return {
    has: existsSync,
    list: (folder) => (existsSync(folder) ? readdirSync(folder).sort() : []),
    read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
    size: (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
    digest,
    write(path, text) {
      writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
      move(`${path}.new`, path);
    },
    makeFolder: (path) => void mkdirSync(path, { recursive: true, mode: 0o700 }),
    copy(from, to) {
      copyFileSync(from, to);
      flush(to);
      flush(dirname(to));
    },
    move,
    removeTree: (path) => rmSync(path, { recursive: true, force: true }),
  };
}
