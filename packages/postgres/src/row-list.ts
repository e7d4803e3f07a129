// How does a list of rows become one parameter of a statement?

export type ColumnType = 'text' | 'int' | 'bigint' | 'float8' | 'uuid';
export type Cell = string | number | null | undefined;

/** The numbers that PostgreSQL has for its own types. */
const OIDS: Readonly<Record<ColumnType, number>> = {
  ...{ text: 25, int: 23, bigint: 20, float8: 701, uuid: 2950 },
};

export interface RowList {
  /** One cell a column; what is absent is NULL. */
  add(row: readonly Cell[]): void;
  /** The rows so far as an array in binary format. The list is empty again. */
  take(): Buffer;
}

const HEADER = 20; // dimensions, whether there are NULLs, the row's type, how many, from which number
const EMPTY_HEADER = 12;
const ROOM = 16 * 1_024;
const CELL = 8; // type and length
const SHORT = 64; // characters: below, calling Node's encoder costs more than encoding

const WORD = 2 ** 32;

/**
 * A list of rows of a composite type, written as the database keeps it: nothing to quote, nothing to
 * parse, and one list to take apart instead of one for each column. Its memory is kept for the next.
 */
export function rowList(type: number, columns: readonly ColumnType[]): RowList {
  const oids = columns.map((column) => OIDS[column]);
  let bytes = Buffer.allocUnsafe(ROOM);
  let view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = HEADER;
  let count = 0;

  const room = (more: number): void => {
    if (at + more <= bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * bytes.length + more);
    bytes.copy(larger, 0, 0, at);
    bytes = larger;
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };

  const text = (value: string): number => {
    const { length } = value;
    room(3 * length + CELL);
    if (length < SHORT) {
      let n = 0;
      for (; n < length; n += 1) {
        const code = value.charCodeAt(n);
        if (code > 127) break;
        bytes[at + n] = code;
      }
      if (n === length) return length;
    }
    return bytes.write(value, at, 'utf8');
  };

  const bigint = (value: number): number => {
    const high = Math.floor(value / WORD);
    view.setInt32(at, high);
    view.setUint32(at + 4, value - high * WORD);
    return 8;
  };

  const uuid = (value: string): number => {
    let to = at;
    for (let n = 0; n < 36; n += 2) {
      if (n === 8 || n === 13 || n === 18 || n === 23) n += 1;
      bytes[to] = (digit(value, n) << 4) | digit(value, n + 1);
      to += 1;
    }
    return 16;
  };

  /** Writes a value behind its length, and returns how long it is. */
  const cell = (column: ColumnType, value: string | number): number => {
    if (column === 'text') return text(value as string);
    if (column === 'uuid') return uuid(value as string);
    if (column === 'bigint') return bigint(value as number);
    if (column === 'float8') view.setFloat64(at, value as number);
    else view.setInt32(at, value as number);
    return column === 'float8' ? 8 : 4;
  };

  return {
    add(row) {
      room(CELL + columns.length * (CELL + 16));
      const begin = at;
      view.setInt32(at + 4, columns.length);
      at += 8;
      for (let n = 0; n < columns.length; n += 1) {
        const value = row[n];
        room(CELL + 16);
        view.setInt32(at, oids[n]!);
        const lengthAt = at + 4;
        at += CELL;
        const length = value == null ? -1 : cell(columns[n]!, value);
        view.setInt32(lengthAt, length);
        if (length > 0) at += length;
      }
      view.setInt32(begin, at - begin - 4);
      count += 1;
    },
    take() {
      view.setInt32(0, count === 0 ? 0 : 1);
      view.setInt32(4, 0);
      view.setInt32(8, type);
      view.setInt32(12, count);
      view.setInt32(16, 1);
      const taken = Buffer.from(bytes.subarray(0, count === 0 ? EMPTY_HEADER : at));
      at = HEADER;
      count = 0;
      return taken;
    },
  };
}

/** Of a lower or upper case letter the same. */
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 58 ? code - 48 : (code & 0x5f) - 55;
}
