// Does a SQLite write-ahead log end in the middle of a commit?
import { existsSync, readFileSync } from 'node:fs';

export interface LogEnd {
  /** Frames up to and with the last commit. */
  readonly committed: number;
  /** Whole frames behind the last commit: written by a transaction that never ended. */
  readonly uncommitted: number;
  /** The same for the same log with the same end. */
  readonly mark: string;
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const SALT_AT = 16;
const MAGIC_BIG_ENDIAN = 0x377f0683;
const MAGIC_LITTLE_ENDIAN = 0x377f0682;
const NOTHING: LogEnd = { committed: 0, uncommitted: 0, mark: '' };

type Sum = readonly [number, number];

/** The checksum of the file format, over pairs of 32-bit words (sqlite.org/fileformat2.html#walformat). */
function checksum(bytes: Buffer, isBigEndian: boolean, [a, b]: Sum): Sum {
  let first = a;
  let second = b;
  const word = (at: number) => (isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    first = (first + word(at) + second) >>> 0;
    second = (second + word(at + 4) + first) >>> 0;
  }
  return [first, second];
}

/**
 * Reads the log beside the database at `path` as SQLite's recovery would: frames count as long as
 * their salts are the header's and their sums go on from the frame before.
 */
export function endOfLog(path: string): LogEnd {
  const file = `${path}-wal`;
  if (!existsSync(file)) return NOTHING;
  const bytes = readFileSync(file);
  if (bytes.length < HEADER_BYTES) return NOTHING;
  const magic = bytes.readUInt32BE(0);
  if (magic !== MAGIC_BIG_ENDIAN && magic !== MAGIC_LITTLE_ENDIAN) return NOTHING;
  const isBigEndian = magic === MAGIC_BIG_ENDIAN;
  const pageBytes = bytes.readUInt32BE(8);
  const salts = bytes.subarray(SALT_AT, SALT_AT + 8);
  let sum = checksum(bytes.subarray(0, 24), isBigEndian, [0, 0]);
  let frames = 0;
  let committed = 0;
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  for (let at = HEADER_BYTES; at + frameBytes <= bytes.length; at += frameBytes) {
    const head = bytes.subarray(at, at + FRAME_HEADER_BYTES);
    if (!head.subarray(8, 16).equals(salts)) break;
    const page = bytes.subarray(at + FRAME_HEADER_BYTES, at + frameBytes);
    const next = checksum(page, isBigEndian, checksum(head.subarray(0, 8), isBigEndian, sum));
    if (next[0] !== head.readUInt32BE(16) || next[1] !== head.readUInt32BE(20)) break;
    sum = next;
    frames += 1;
    if (head.readUInt32BE(4) > 0) committed = frames;
  }
  const mark = `${salts.toString('hex')} ${frames} ${sum.join(' ')}`;
  return { committed, uncommitted: frames - committed, mark };
}
