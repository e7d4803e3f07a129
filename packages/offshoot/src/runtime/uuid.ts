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
  let clock = clockText(0); // many ids share a millisecond
  let counter = 0;
  let pool: Uint8Array = new Uint8Array(0);
  let used = 0;
  const draw = (): number => {
    if (used >= pool.length) {
      pool = randomBytes(512);
      used = 0;
    }
    return pool[used++]!;
  };
  return () => {
    const time = Math.floor(now());
    if (time > last) {
      last = time;
      clock = clockText(last);
      counter = draw() * 0x10000 + draw() * 0x100 + draw();
    } else if (++counter > COUNTER_MAX) {
      last += 1;
      clock = clockText(last);
      counter = 0;
    }
    // 12 bits after the version, 22 bits after the variant: together the 34-bit counter.
    const high = Math.floor(counter / 0x40_0000);
    const low = counter % 0x40_0000;
    const variant = HEX[0x80 | (low >>> 16)]! + HEX[(low >>> 8) & 0xff]!;
    const tail = HEX[low & 0xff]! + HEX[draw()]! + HEX[draw()]! + HEX[draw()]!;
    return `${clock}${HEX[high >>> 8]![1]}${HEX[high & 0xff]}-${variant}-${tail}${HEX[draw()]!}${HEX[draw()]!}`;
  };
}
