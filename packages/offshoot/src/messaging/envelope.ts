// What does an event look like on every wire? CloudEvents 1.0; pinned in decision record 0002.
import { isoTime } from '../runtime/index.ts';
import { type Entry, formatPosition, type Position, parsePosition } from '../store/index.ts';

export interface Envelope {
  readonly specversion: '1.0';
  readonly id: string;
  /** `/services/<service>` */
  readonly source: string;
  /** `<noun>.<event>.v<N>` */
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly partitionkey: string;
  /** Position in the source's log, fixed width: text order is log order. */
  readonly sequence: string;
  /** Position of the previous public event with the same key. */
  readonly previous?: string;
  readonly correlationid: string;
  readonly causationid: string;
  readonly traceparent: string;
  /** Personal fields sealed. */
  readonly data: unknown;
}

export const sourceOf = (service: string) => `/services/${service}`;

/** Makes the envelopes of one service's log: what many of them share is written once. */
export function envelopes(service: string): (entry: Entry) => Envelope {
  const source = sourceOf(service);
  let last = { type: '', schema: 0, wire: '' };
  const wireTypeOf = ({ type, schema }: Entry): string => {
    if (type !== last.type || schema !== last.schema)
      last = { type, schema, wire: `${type}.v${schema}` };
    return last.wire;
  };
  return (entry) => ({
    specversion: '1.0',
    id: entry.id,
    source,
    type: wireTypeOf(entry),
    subject: entry.key,
    time: isoTime(entry.at),
    datacontenttype: 'application/json',
    partitionkey: entry.key,
    sequence: formatPosition(entry),
    ...(entry.previous && { previous: formatPosition(entry.previous) }),
    correlationid: entry.correlation,
    causationid: entry.causation,
    traceparent: String(entry.meta.traceparent ?? ''),
    data: entry.data,
  });
}

/** A public log entry as it travels. */
export const envelope = (service: string, entry: Entry): Envelope => envelopes(service)(entry);

export const positionOf = (event: Envelope): Position => parsePosition(event.sequence);
