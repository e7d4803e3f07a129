// How are documents asked for, many at a time, and of which moment is the answer?
import type { Runtime } from 'offshoot/runtime';
import type { Connection, Statement } from './connection.ts';
import type { RecentDocuments, Stored } from './recent-documents.ts';
import { textArray } from './sql-array.ts';

/** A document as the database had it. */
export interface Read extends Stored {
  /** The question: what has the same is of one moment. Undefined = committed by this process since. */
  readonly source: object | undefined;
}

export interface DocumentReader {
  /** With others of this turn in one question; what this process has committed since goes before. */
  read(collection: string, id: string): Promise<Read>;
  /** As the database had all of them at one moment from now on. */
  now(documents: readonly Name[]): Promise<Stored[]>;
  /** How far the log reached after whatever was asked before: a position that covers it. */
  reached(): Promise<void>;
}

interface Name {
  readonly collection: string;
  readonly id: string;
}

export interface DocumentReaderOptions {
  readonly runtime: Runtime;
  readonly connection: Connection;
  readonly recent: RecentDocuments;
  readonly advance: (seq: number) => void;
}

const ABSENT: Stored = { revision: 0, text: undefined, stamp: undefined };

const DOCUMENTS: Statement = {
  name: 'documents',
  text: `SELECT NULL, NULL, coalesce(max(seq), 0), NULL, NULL FROM log
    UNION ALL SELECT d.collection, d.id, d.revision, d.data, d.xmin::text
    FROM unnest($1::text[], $2::text[]) u(collection, id)
    JOIN documents d ON d.collection = u.collection AND d.id = u.id`,
};

const nameOf = ({ collection, id }: Name) => `${collection}\0${id}`;

/** What the documents of one question were, and when it was asked. */
interface Answer {
  readonly stored: ReadonlyMap<string, Stored>;
  readonly moment: number;
}

interface Question {
  readonly names: Map<string, Name>;
  readonly answer: Promise<Answer>;
}

export function documentReader(options: DocumentReaderOptions): DocumentReader {
  const { runtime, connection, recent, advance } = options;
  let open: Question | undefined;

  const ask = async (names: ReadonlyMap<string, Name>): Promise<Answer> => {
    await new Promise<void>((resolve) => runtime.endOfTurn(resolve));
    open = undefined;
    const all = [...names.values()];
    const collections = textArray(all.map(({ collection }) => collection));
    const { moment } = recent;
    const rows = await connection.run(DOCUMENTS, [collections, textArray(all.map(({ id }) => id))]);
    const stored = new Map<string, Stored>();
    for (const [collection, id, number, text, stamp] of rows) {
      const found = { revision: Number(number), text: text!, stamp: stamp! };
      if (typeof collection !== 'string') advance(found.revision);
      else stored.set(nameOf({ collection, id: id! }), found);
    }
    return { stored, moment };
  };

  const question = (): Question => {
    if (!open) {
      const names = new Map<string, Name>();
      open = { names, answer: ask(names) };
    }
    return open;
  };

  return {
    async read(collection, id) {
      const name = nameOf({ collection, id });
      const source = question();
      source.names.set(name, { collection, id });
      const { stored, moment } = await source.answer;
      const found = stored.get(name) ?? ABSENT;
      const newest = recent.fetched(collection, id, found, moment);
      return { ...newest, source: newest === found ? source : undefined };
    },
    async now(documents) {
      const { names, answer } = question();
      for (const one of documents) names.set(nameOf(one), one);
      const { stored } = await answer;
      return documents.map((one) => stored.get(nameOf(one)) ?? ABSENT);
    },
    async reached() {
      await question().answer;
    },
  };
}
