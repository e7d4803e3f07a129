// How does an entry of the log look in its row, and what does its sum cover?
import type { Row } from '../../runtime/index.ts';
import type { Entry } from '../entry.ts';

/** As it is stored: `data` and `meta` are text. */
export type Stored = Omit<Entry, 'sum' | 'data' | 'meta'> & {
  readonly data: string;
  readonly meta: string;
};

/** CRC-32 of what is stored, position included: a moved or altered entry does not fit. */
export function entrySum(crc32: (data: string) => number, entry: Stored): number {
  const { epoch, seq, unit, stream, version, id, type, schema, at, key } = entry;
  const { correlation, causation, actor, tenant, subject, previous, data, meta } = entry;
  const before = previous ? `${previous.epoch}.${previous.seq}` : '';
  const place = `${epoch}\n${seq}\n${unit}\n${stream}\n${version}\n${id}\n${type}\n${schema}\n${at}`;
  const cause = `${key}\n${correlation}\n${causation}\n${actor}\n${tenant}\n${subject ?? ''}`;
  return crc32(`${place}\n${cause}\n${entry.public ? 1 : 0}\n${before}\n${data}\n${meta}`);
}

/** A row of the log table as an entry, `data` and `meta` still text. */
export function storedEntry(row: Row): Stored & { readonly sum: number } {
  const previous =
    row.previous_seq === null
      ? {}
      : { previous: { epoch: Number(row.previous_epoch), seq: Number(row.previous_seq) } };
  const {
    format: _format,
    previous_epoch: _epoch,
    previous_seq: _seq,
    subject,
    ...rest
  } = row as unknown as Entry & Record<string, unknown>;
  const whose = subject === null ? {} : { subject: String(subject) };
  return { ...rest, ...whose, ...previous, public: row.public === 1 } as unknown as Stored & {
    sum: number;
  };
}

/** An entry as readers of the log see it. */
export function entryOf(stored: Stored & { readonly sum: number }): Entry {
  return { ...stored, data: JSON.parse(stored.data), meta: JSON.parse(stored.meta) };
}
