// Where in a log is an entry, in an order that survives a restore?

/** `seq` is dense within the log; a restore starts a new `epoch`. */
export interface Position {
  readonly epoch: number;
  readonly seq: number;
}

export const START: Position = { epoch: 1, seq: 0 };

const EPOCH_WIDTH = 6;
const SEQ_WIDTH = 16;

/** `000001.0000000000000042`: fixed width, so that text order is position order. */
export function formatPosition({ epoch, seq }: Position): string {
  return `${String(epoch).padStart(EPOCH_WIDTH, '0')}.${String(seq).padStart(SEQ_WIDTH, '0')}`;
}

export function parsePosition(text: string): Position {
  // As `formatPosition` writes it: what is parsed for every event.
  if (text.length === EPOCH_WIDTH + 1 + SEQ_WIDTH && text[EPOCH_WIDTH] === '.')
    return { epoch: Number(text.slice(0, EPOCH_WIDTH)), seq: Number(text.slice(EPOCH_WIDTH + 1)) };
  const [epoch, seq] = text.split('.').map(Number);
  return { epoch: epoch ?? 1, seq: seq ?? 0 };
}

export const isAfter = (a: Position, b: Position): boolean =>
  a.epoch === b.epoch ? a.seq > b.seq : a.epoch > b.epoch;

export const later = (a: Position, b: Position): Position => (isAfter(a, b) ? a : b);
