// What does the store still know of what it has lately read and written, in bounded memory?

export interface Recent<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  /** After a failed flush nothing is known any more. */
  clear(): void;
}

const ENTRIES_MAX = 1_024;
const WEIGHT_MAX = 1_000_000;

/**
 * Two generations: when the young one is full it becomes the old one, and the old one is forgotten.
 * What is asked for stays young. At most twice 1,024 values, or 1,000,000 of what they `weigh`.
 */
export function recent<V>(weigh: (value: V) => number = () => 0): Recent<V> {
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  let weight = 0;

  const set = (key: string, value: V): void => {
    young.set(key, value);
    weight += weigh(value);
    if (young.size < ENTRIES_MAX && weight < WEIGHT_MAX) return;
    old = young;
    young = new Map();
    weight = 0;
  };

  return {
    get(key) {
      const known = young.get(key);
      if (known !== undefined) return known;
      const found = old.get(key);
      if (found !== undefined) set(key, found);
      return found;
    },
    set,
    delete(key) {
      young.delete(key);
      old.delete(key);
    },
    clear() {
      young = new Map();
      old = new Map();
      weight = 0;
    },
  };
}
