// How far has the provider's ledger been read, and what does the next page of it change?
import { many, one, put, type Reach } from 'offshoot/store';
import { provider } from './provider-port.ts';
import {
  FIRST_READING,
  type LedgerLine,
  type Reading,
  readingId,
  readings,
  type Statement,
  statementIdOf,
  statements,
  withLine,
} from './statement.ts';

/** Lines of the ledger that no statement may have yet. */
export interface LedgerPage {
  /** Where the reading stands with them. */
  readonly reading: Reading;
  readonly lines: readonly LedgerLine[];
  /** Nothing came after them when they were read. */
  readonly isLast: boolean;
}

const LINES_MAX = 1_000;

export const currentReading = () => one(readings, readingId);

/**
 * Reads on from where the reading stands. The last line known is read again: where it is another
 * one the provider's ledger is not the one that was read, and a new reading begins at its start.
 */
export async function nextLedgerPage(reading: Reading, reach: Reach): Promise<LedgerPage> {
  const { number, seq, key } = reading;
  const client = reach.outside(provider);
  const after = Math.max(seq - 1, 0);
  const { entries, next } = await client.ledger({ after, limit: LINES_MAX });
  const [first] = entries;
  if (seq > 0 && (first?.seq !== seq || first.key !== key))
    return { reading: { ...FIRST_READING, number: number + 1 }, lines: [], isLast: false };
  const lines = entries.filter((line) => line.seq > seq);
  const last = lines.at(-1);
  const stands = last ? { number, seq: last.seq, key: last.key } : reading;
  return { reading: stands, lines, isLast: next === null };
}

/** The statement with these lines, which are about it. */
export function withLines(
  statement: Statement | undefined,
  lines: readonly LedgerLine[],
  { number }: Reading,
): Statement | undefined {
  const valid = statement?.reading === number ? statement : undefined;
  return lines.reduce<Statement | undefined>((made, line) => withLine(made, line, number), valid);
}

/** The lines of a page by the statement that they belong to. */
export const byStatement = ({ lines }: LedgerPage) => Map.groupBy(lines, statementIdOf);

/** What taking a page in needs of the store. */
export const neededFor = (page: LedgerPage) => ({
  before: currentReading(),
  statements: many(statements, [...byStatement(page).keys()]),
});

type Needed = ReturnType<typeof neededFor>;
type Loaded = { readonly [N in keyof Needed]: NonNullable<Needed[N]['result']> | undefined };

/** The documents that change when a page is taken in; none where somebody else was faster. */
export function takenIn(page: LedgerPage, { before, statements: found = [] }: Loaded) {
  const { reading } = page;
  const now = before?.data ?? FIRST_READING;
  const isAhead =
    now.number > reading.number || (now.number === reading.number && now.seq >= reading.seq);
  if (isAhead) return [];
  const changed = [...byStatement(page)].flatMap(([id, lines], index) => {
    const statement = withLines(found[index]?.data, lines, reading);
    return statement ? [put(statements, id, statement, found[index]?.revision ?? 0)] : [];
  });
  return [put(readings, readingId, reading, before?.revision ?? 0), ...changed];
}
