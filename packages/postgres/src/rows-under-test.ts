// What do the rows of a list say? Reads the binary format back, for tests.

const TEXT = 25;
const UUID = 2950;
const FLOAT = 701;

function cellOf(bytes: Buffer, type: number): string | number {
  if (type === TEXT) return bytes.toString('utf8');
  if (type === UUID) return bytes.toString('hex');
  if (type === FLOAT) return bytes.readDoubleBE();
  return bytes.length === 4 ? bytes.readInt32BE() : Number(bytes.readBigInt64BE());
}

/** The cells of each row; the whole must be exactly as long as it says. */
export function rowsOf(list: unknown): (string | number | null)[][] {
  const bytes = list as Buffer;
  let at = 0;
  const int = () => {
    at += 4;
    return bytes.readInt32BE(at - 4);
  };
  const [dimensions] = [int(), int(), int()];
  const count = dimensions === 0 ? 0 : int();
  if (dimensions > 0) at += 4;
  const rows = Array.from({ length: count }, () => {
    const end = int() + at;
    const cells = Array.from({ length: int() }, () => {
      const type = int();
      const length = int();
      if (length < 0) return null;
      at += length;
      return cellOf(bytes.subarray(at - length, at), type);
    });
    if (at !== end) throw new Error(`a row ends at ${at}, not at ${end}`);
    return cells;
  });
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes too many`);
  return rows;
}
