// Which files hold, in any byte, what nobody may be able to read there?
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isCardNumber } from '../../stand-ins/provider/card-number.ts';
import type { Stores } from '../evidence/stores.ts';
import { findings, type Invariant } from './invariant.ts';

const CHUNK_BYTES = 8 * 1024 * 1024;
/** What is read twice, so that nothing is cut in two. */
const OVERLAP_BYTES = 512;
const RUN_BYTES_MIN = 13;
/** On either side of a run of digits: enough to tell what it is part of. */
const CONTEXT_BYTES = 48;

// In one run, or grouped as embossed; no part of a longer word or number. Cards begin with 2 to 6.
const CARD =
  /(?<![0-9A-Za-z]|\d\.)(?:[2-6]\d{12,18}|[2-6]\d{3}[ .-](?:\d{4}[ .-]\d{4}[ .-]\d{1,7}|\d{6}[ .-]\d{4,5}))(?![0-9A-Za-z]|\.\d)/g;
// Digits of our own ids, where a page of the file cuts them or the next byte is a digit by chance.
const ID_TAIL_BEFORE = /-[0-9a-f]{4}-$/;
const ID_HEAD_BEFORE = /[0-9a-f]{8}-$/;
const ID_MIDDLE = /^\d{4}-7\d{3}-[89]\d{3}-/;
/** Sixteen hexadecimal digits of a span may all be decimal ones. */
const SPAN_BEFORE = /(?:[0-9a-f]{32}-|"span_id":")$/;

/** Looks through every byte of every file in the data folder, and of stores that are not in it. */
export function byteInvariants(
  data: string,
  canaries: readonly string[],
  stores: Stores = new Map(),
): Invariant[] {
  const cards = findings();
  const names = findings();
  const needles = canaries.map((text) => ({ text, bytes: Buffer.from(text) }));
  let bytes = 0;
  const files = filesBelow(data);
  const look = (where: string) => (chunk: Buffer, offset: number) => {
    for (const { at } of cardNumbers(chunk))
      cards.expect(false, () => `${where}, byte ${offset + at}, looks like a card number`);
    for (const { text, bytes: needle } of needles) {
      const at = chunk.indexOf(needle);
      names.expect(at < 0, () => `${where}, byte ${offset + at}: '${text}' in plain text`);
    }
  };
  for (const file of files) bytes += eachChunk(join(data, file), look(file));
  let schemas = 0;
  for (const [service, { texts }] of stores) {
    if (!texts) continue;
    schemas += 1;
    for (const chunk of joined(texts())) {
      look(`the schema of ${service}`)(chunk, 0);
      bytes += chunk.length;
    }
  }
  const what = schemas === 0 ? '' : ` and ${schemas} schemas`;
  const summary = `${files.length} files${what}, ${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return [
    cards.conclude('no card number in any byte', summary),
    names.conclude('no plain personal data in any byte', summary),
  ];
}

/** Texts, many to a chunk: none is cut. */
function* joined(texts: Iterable<string>): Iterable<Buffer> {
  let some: string[] = [];
  let length = 0;
  for (const text of texts) {
    some.push(text);
    length += text.length;
    if (length < CHUNK_BYTES) continue;
    yield Buffer.from(some.join('\n'));
    some = [];
    length = 0;
  }
  yield Buffer.from(some.join('\n'));
}

/** Looks at every 13th byte: a run of 13 digits cannot hide between two that are none. */
export function* cardNumbers(chunk: Buffer): Iterable<{ readonly at: number }> {
  for (let at = RUN_BYTES_MIN - 1; at < chunk.length; at += RUN_BYTES_MIN) {
    if (!isPart(chunk[at])) continue;
    let from = at;
    let to = at + 1;
    while (from > 0 && isPart(chunk[from - 1])) from -= 1;
    while (to < chunk.length && isPart(chunk[to])) to += 1;
    if (to - from >= RUN_BYTES_MIN) yield* cardsIn(chunk, from, to);
    at = to;
  }
}

function* cardsIn(chunk: Buffer, from: number, to: number): Iterable<{ readonly at: number }> {
  const start = Math.max(0, from - CONTEXT_BYTES);
  const text = chunk.toString('latin1', start, to + CONTEXT_BYTES);
  for (const { 0: found, index } of text.matchAll(CARD)) {
    const at = start + index;
    if (at < from || at >= to) continue; // of a neighbour, which the context has cut in two
    if (isCardNumber(found) && !isOfId(found, text.slice(0, index))) yield { at };
  }
}

function isOfId(found: string, before: string): boolean {
  if (ID_TAIL_BEFORE.test(before)) return true;
  if (ID_HEAD_BEFORE.test(before) && ID_MIDDLE.test(found)) return true;
  return found.length === 16 && SPAN_BEFORE.test(before);
}

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** A digit, or what may stand between groups of them: space, dot, hyphen. */
const isPart = (byte: number | undefined): boolean =>
  byte !== undefined &&
  ((byte >= DIGIT_0 && byte <= DIGIT_9) || byte === 0x20 || byte === 0x2e || byte === 0x2d);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    return stat?.isFile() ?? false; // a file that is gone by now holds nothing
  });
}

/** The number of bytes read. */
function eachChunk(path: string, visit: (chunk: Buffer, offset: number) => void): number {
  const file = openSync(path, 'r');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES + OVERLAP_BYTES);
  let kept = 0;
  let position = 0;
  try {
    for (;;) {
      const count = readSync(file, buffer, kept, CHUNK_BYTES, position);
      if (count === 0) return position;
      const chunk = buffer.subarray(0, kept + count);
      visit(chunk, position - kept);
      position += count;
      kept = Math.min(OVERLAP_BYTES, chunk.length);
      chunk.copy(buffer, 0, chunk.length - kept);
    }
  } finally {
    closeSync(file);
  }
}
