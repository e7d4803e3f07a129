// Where in a log is an entry, in an order that survives a restore?

/** `seq` is dense within the log; a restore starts a new `epoch`. */
export interface Position {
  readonly epoch: number;
  readonly seq: number;
}

export const START: Position = { epoch: 1, seq: 0 };

const EPOCH_WIDTH = 6;
const SEQ_WIDTH = 16;

const ZEROS = '0'.repeat(SEQ_WIDTH);

const padded = (value: number, width: number): string => {
  const text = String(value);
  return text.length < width ? ZEROS.slice(0, width - text.length) + text : text;
};

/** `000001.0000000000000042`: fixed width, so that text order is position order. */
export function formatPosition({ epoch, seq }: Position): string {
  return `${padded(epoch, EPOCH_WIDTH)}.${padded(seq, SEQ_WIDTH)}`;
}

/** What `Number` makes of digits, without a text of their own. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

export function parsePosition(text: string): Position {
  // As `formatPosition` writes it: what is parsed for every event.
  if (text.length === EPOCH_WIDTH + 1 + SEQ_WIDTH && text[EPOCH_WIDTH] === '.')
    return { epoch: digits(text, 0, EPOCH_WIDTH), seq: digits(text, EPOCH_WIDTH + 1, text.length) };
  const [epoch, seq] = text.split('.').map(Number);
  return { epoch: epoch ?? 1, seq: seq ?? 0 };
}

export const isAfter = (a: Position, b: Position): boolean =>
  a.epoch === b.epoch ? a.seq > b.seq : a.epoch > b.epoch;

export const later = (a: Position, b: Position): Position => (isAfter(a, b) ? a : b);
