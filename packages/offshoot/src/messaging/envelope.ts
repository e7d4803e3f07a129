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

/** A public log entry as it travels. */
export function envelope(service: string, entry: Entry): Envelope {
  const previous = entry.previous && { previous: formatPosition(entry.previous) };
  return {
    specversion: '1.0',
    id: entry.id,
    source: sourceOf(service),
    type: `${entry.type}.v${entry.schema}`,
    subject: entry.key,
    time: isoTime(entry.at),
    datacontenttype: 'application/json',
    partitionkey: entry.key,
    sequence: formatPosition(entry),
    ...previous,
    correlationid: entry.correlation,
    causationid: entry.causation,
    traceparent: String(entry.meta.traceparent ?? ''),
    data: entry.data,
  };
}

export const positionOf = (event: Envelope): Position => parsePosition(event.sequence);
