// What does chance make of a request? A grammar of good and bad parts, and blows at the bytes.
import type { Chance } from '../fuzz/chance.ts';
import type { Attack } from './corpus.ts';
import { OPEN_PATH } from './lane.ts';
import * as odd from './odd-parts.ts';

export interface Mutation {
  readonly attack: Attack;
  /** Places at which it is cut into packets. */
  readonly cuts: readonly number[];
}

/** How often a part is not as it should be: few enough that a good part of requests is whole. */
const ODD = 0.04;
const SEED_BYTES_MAX = 4_000;

type Or = <T>(good: T, odd: readonly T[]) => T;

function headerLine(line: string, { pick, happens }: Chance, or: Or): string {
  const colon = line.indexOf(': ');
  if (colon === -1) return line;
  const name = line.slice(0, colon);
  const cased = happens(0.1) ? pick([name.toUpperCase(), name.toLowerCase()]) : name;
  return `${cased}${or(': ', odd.COLONS)}${line.slice(colon + 2)}`;
}

function chunks(body: string, { happens, below }: Chance, or: Or): string {
  const end = () => or('\r\n', odd.LINE_ENDS);
  let written = '';
  for (let at = 0; at < body.length; ) {
    const piece = body.slice(at, at + 1 + below(body.length - at));
    const size = or(piece.length.toString(16), odd.CHUNK_SIZES);
    written += `${size}${or('', odd.EXTENSIONS)}${end()}${piece}${end()}`;
    at += piece.length;
  }
  const trailer = happens(ODD) ? or('X-User-Id: attacker', odd.HEADERS) + end() : '';
  return `${written}${or('0', odd.CHUNK_SIZES)}${or('', odd.EXTENSIONS)}${end()}${trailer}${end()}`;
}

function framingOf(body: string, isChunked: boolean, { happens, pick }: Chance, or: Or): string[] {
  const length = String(body.length);
  const lines: string[] = [];
  if (body !== '' && isChunked) lines.push(`Transfer-Encoding: ${or('chunked', odd.CODINGS)}`);
  if (body !== '' && !isChunked) lines.push(`Content-Length: ${or(length, odd.LENGTHS)}`);
  if (happens(ODD)) lines.push(`Content-Length: ${pick([length, ...odd.LENGTHS])}`);
  if (happens(ODD)) lines.push(`Transfer-Encoding: ${pick(odd.CODINGS)}`);
  return lines;
}

/** One request by the grammar, each part of it now and then another than it should be. */
function sentence(chance: Chance): string {
  const { pick, happens, below } = chance;
  const or: Or = (good, others) => (happens(ODD) ? pick(others) : good);
  const end = () => or('\r\n', odd.LINE_ENDS);
  const target = happens(0.75) ? OPEN_PATH : pick(odd.TARGETS);
  const space = () => or(' ', odd.SPACES);
  const first = `${pick(odd.METHODS)}${space()}${target}${space()}${or('HTTP/1.1', odd.PROTOCOLS)}`;
  const body = happens(0.6) ? pick(odd.BODIES) : '';
  const isChunked = happens(0.5);
  const framing = framingOf(body, isChunked, chance, or);
  const lines = [or('Host: a', odd.HEADERS), 'Content-Type: application/json', ...framing];
  while (happens(0.2)) lines.splice(below(lines.length + 1), 0, pick(odd.HEADERS));
  const head = lines.map((line) => headerLine(line, chance, or) + end()).join('');
  const sent = body !== '' && isChunked ? chunks(body, chance, or) : body;
  return `${first}${end()}${head}${end()}${sent}`;
}

/** One blow at the bytes: something in, one byte out, another byte, a stutter, a gap. */
function struck(bytes: string, { below, pick }: Chance): string {
  const at = below(bytes.length + 1);
  const [before, after] = [bytes.slice(0, at), bytes.slice(at)];
  const blows = [
    () => before + pick(odd.BYTES) + after,
    () => before + after.slice(1),
    () => before + String.fromCharCode(below(256)) + after.slice(1),
    () => before + after.slice(0, 1 + below(20)) + after,
    () => before + after.slice(1 + below(20)),
  ];
  return pick(blows)();
}

function cutsOf(length: number, { below, happens }: Chance): number[] {
  if (length < 2 || !happens(0.15)) return [];
  const cuts = Array.from({ length: 1 + below(3) }, () => 1 + below(length - 1));
  return [...new Set(cuts)].sort((a, b) => a - b);
}

/**
 * Endless. Half are sentences of the grammar, one or more behind each other; half are blows at what
 * was collected by hand. The same chance makes the same.
 */
export function* mutations(chance: Chance, seeds: readonly Attack[]): Generator<Mutation> {
  const small = seeds.filter((one) => one.bytes.length < SEED_BYTES_MAX && !one.answer);
  for (;;) {
    const seed = small.length > 0 && chance.happens(0.5) ? chance.pick(small) : undefined;
    let bytes = seed?.bytes ?? sentence(chance);
    while (!seed && chance.happens(0.3)) bytes += sentence(chance);
    let blows = seed ? 1 + chance.below(3) : Number(chance.happens(0.2));
    for (; blows > 0; blows -= 1) bytes = struck(bytes, chance);
    const tries = seed ? `${seed.class}, struck: ${seed.tries}` : 'a sentence of the grammar';
    const about = { class: 'mutations', must: 'either', reaches: 0, isOfContent: false } as const;
    const attack: Attack = { ...about, tries, bytes };
    yield { attack, cuts: cutsOf(bytes.length, chance) };
  }
}
