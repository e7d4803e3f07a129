// Is a row of the log what was written, where it was written?
import type { Entry } from 'offshoot/store';

/** An entry without its place, `data` and `meta` as text. */
export type Content = Pick<
  Entry,
  | 'unit'
  | 'stream'
  | 'id'
  | 'type'
  | 'schema'
  | 'at'
  | 'key'
  | 'correlation'
  | 'causation'
  | 'actor'
  | 'tenant'
> & {
  readonly subject: string | undefined;
  readonly public: boolean;
  readonly data: string;
  readonly meta: string;
};

export type Place = Pick<Entry, 'epoch' | 'seq' | 'version' | 'previous'>;

/** CRC-32 of all that is known before the database gives the entry its place. */
export function contentSum(crc32: (text: string) => number, one: Content): number {
  const what = `${one.unit}\n${one.stream}\n${one.id}\n${one.type}\n${one.schema}\n${one.at}`;
  const who = `${one.key}\n${one.correlation}\n${one.causation}\n${one.actor}\n${one.tenant}`;
  return crc32(
    `${what}\n${who}\n${one.subject ?? ''}\n${one.public ? 1 : 0}\n${one.data}\n${one.meta}`,
  );
}

const WORD = 2 ** 32;

/** What is stored: the sum of the content, changed by the place. The commit function says the same in SQL. */
export function storedSum(content: number, { epoch, seq, version, previous }: Place): number {
  const before = (previous?.epoch ?? 0) * 524_287 + (previous?.seq ?? 0) * 127;
  const place = (seq * 31 + version * 131 + epoch * 8_191 + before) % WORD;
  return (content ^ place) >>> 0;
}
