// Where does every choice of a simulated world come from? One seed.

export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** True with probability `p`. */
  chance(p: number): boolean;
  /** A whole number in [0, below). */
  below(limit: number): number;
  between(low: number, high: number): number;
  bytes(length: number): Uint8Array;
}

const MASK = 0xffff_ffff_ffff_ffffn;

/** SplitMix64 (Steele, Lea, Flood, 2014): spreads a seed over the generator's state. */
function splitmix(seed: bigint): () => number {
  let state = seed & MASK;
  return () => {
    state = (state + 0x9e37_79b9_7f4a_7c15n) & MASK;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn) & MASK;
    return Number((z ^ (z >> 31n)) & 0xffff_ffffn);
  };
}

/** A generator from a 64-bit seed: sfc32 (Doty-Humphrey), 128 bits of state. */
export function random(seed: bigint): Random {
  const fill = splitmix(seed);
  let a = fill() | 0;
  let b = fill() | 0;
  let c = fill() | 0;
  let d = fill() | 0;
  const word = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return t >>> 0;
  };
  for (let warm = 0; warm < 16; warm += 1) word();
  const next = () => ((word() >>> 5) * 0x400_0000 + (word() >>> 6)) / 2 ** 53;
  return {
    next,
    chance: (p) => p > 0 && next() < p,
    below: (limit) => Math.floor(next() * limit),
    between: (low, high) => low + next() * (high - low),
    bytes(length) {
      const made = new Uint8Array(length);
      for (let at = 0, drawn = 0; at < length; at += 1, drawn >>>= 8) {
        if (at % 4 === 0) drawn = word();
        made[at] = drawn & 0xff;
      }
      return made;
    },
  };
}
