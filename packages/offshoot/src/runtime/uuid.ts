// How is an id made that sorts by time and never repeats? RFC 9562, version 7, method 1.

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const COUNTER_MAX = 0x3ffff_ffff; // 34 bits of counter; the rest of the id is random

/** Milliseconds as the id's first 48 bits, and the version. */
function clockText(ms: number): string {
  const digits = ms.toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7`;
}

/**
 * A generator of UUIDv7: lower case, strictly increasing, also when the clock stands still
 * or steps back. `now` gives milliseconds, `randomBytes` the random part.
 *
 * @example
 * const next = uuidv7(() => 1_700_000_000_000, (n) => new Uint8Array(n));
 * next() < next(); // true
 */
export function uuidv7(now: () => number, randomBytes: (n: number) => Uint8Array): () => string {
  let last = 0;
  let clock = clockText(0);
  let counter = 0;
  let head = ''; // the first 24 characters: many ids in a row share them
  let pool: Uint8Array = new Uint8Array(0);
  let used = 0;
  const draw = (): number => {
    if (used >= pool.length) {
      pool = randomBytes(512);
      used = 0;
    }
    return pool[used++]!;
  };
  const hex = (): string => HEX[draw()]!;
  const tick = (time: number, from: number): void => {
    last = time;
    clock = clockText(time);
    counter = from;
  };
  /** 12 bits after the version, 14 of 22 bits after the variant: the counter but for its last 8. */
  const headText = (): string => {
    const high = Math.floor(counter / 0x40_0000);
    const low = counter % 0x40_0000;
    const variant = HEX[0x80 | (low >>> 16)]! + HEX[(low >>> 8) & 0xff]!;
    return `${clock}${HEX[high >>> 8]![1]}${HEX[high & 0xff]}-${variant}-`;
  };
  return () => {
    const time = Math.floor(now());
    let isNear = false;
    if (time > last) tick(time, draw() * 0x10000 + draw() * 0x100 + draw());
    else if (++counter > COUNTER_MAX) tick(last + 1, 0);
    else isNear = counter % 0x100 !== 0;
    if (!isNear) head = headText();
    return head + (HEX[counter % 0x100]! + hex() + hex() + hex() + hex() + hex());
  };
}
