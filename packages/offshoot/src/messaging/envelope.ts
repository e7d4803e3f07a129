// What does an event look like on every wire? CloudEvents 1.0; pinned in decision record 0002.
import { fromIsoTime, isoTime } from '../runtime/index.ts';
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
  readonly previous?: string | undefined;
  readonly correlationid: string;
  readonly causationid: string;
  readonly traceparent: string;
  /** Personal fields sealed. */
  readonly data: unknown;
}

export const sourceOf = (service: string) => `/services/${service}`;

/**
 * An event of a log in this process: what a wire would carry, written when somebody asks for it.
 * Between services of one process nobody does.
 */
class LoggedEvent implements Envelope {
  readonly entry: Entry;
  readonly source: string;
  readonly type: string;
  readonly position: Position;
  constructor(entry: Entry, source: string, type: string) {
    this.entry = entry;
    this.source = source;
    this.type = type;
    this.position = { epoch: entry.epoch, seq: entry.seq };
  }
  get specversion() {
    return '1.0' as const;
  }
  get id() {
    return this.entry.id;
  }
  get subject() {
    return this.entry.key;
  }
  get time() {
    return isoTime(this.entry.at);
  }
  get datacontenttype() {
    return 'application/json' as const;
  }
  get partitionkey() {
    return this.entry.key;
  }
  get sequence() {
    return formatPosition(this.entry);
  }
  get previous(): string | undefined {
    return this.entry.previous && formatPosition(this.entry.previous);
  }
  get correlationid() {
    return this.entry.correlation;
  }
  get causationid() {
    return this.entry.causation;
  }
  get traceparent() {
    return String(this.entry.meta.traceparent ?? '');
  }
  get data() {
    return this.entry.data;
  }
  toJSON(): Envelope {
    const { specversion, id, source, type, subject, time, datacontenttype, partitionkey } = this;
    const { sequence, previous, correlationid, causationid, traceparent, data } = this;
    return {
      ...{ specversion, id, source, type, subject, time, datacontenttype, partitionkey, sequence },
      ...(previous === undefined ? {} : { previous }),
      ...{ correlationid, causationid, traceparent, data },
    };
  }
}

/** Makes the envelopes of one service's log. */
export function envelopes(service: string): (entry: Entry) => Envelope {
  const source = sourceOf(service);
  let last = { type: '', schema: 0, wire: '' }; // many in a row have the same
  return (entry) => {
    const { type, schema } = entry;
    if (type !== last.type || schema !== last.schema)
      last = { type, schema, wire: `${type}.v${schema}` };
    return new LoggedEvent(entry, source, last.wire);
  };
}

/** The envelope as a wire carries it: a plain object, all of it written, as its JSON would be. */
export const written = (event: Envelope): Envelope =>
  event instanceof LoggedEvent ? event.toJSON() : event;

/** A public log entry as it travels. */
export const envelope = (service: string, entry: Entry): Envelope =>
  written(envelopes(service)(entry));

export const positionOf = (event: Envelope): Position =>
  event instanceof LoggedEvent ? event.position : parsePosition(event.sequence);

/** Where the event before it with the same key is. */
export const previousOf = (event: Envelope): Position | undefined => {
  if (event instanceof LoggedEvent) return event.entry.previous;
  return event.previous === undefined ? undefined : parsePosition(event.previous);
};

/** When it was recorded, milliseconds since 1970. */
export const timeOf = (event: Envelope): number =>
  event instanceof LoggedEvent ? event.entry.at : fromIsoTime(event.time);
