// What does a unit of work bring to its flush, when all that can fail by its own fault is behind it?
import { OffshootError } from 'offshoot/error';
import type { Cryptography } from 'offshoot/runtime';
import type { Sealer } from 'offshoot/security';
import type { Change, Receipt, StoredEvent } from 'offshoot/store';
import type { Fields } from './fields.ts';
import { endOf, indexTexts } from './index-slot.ts';

/** Something that must be so when the unit commits. `after` = the unit, not yet durable, that made it so. */
export type Condition =
  | {
      readonly kind: 'document';
      readonly collection: string;
      readonly id: string;
      readonly revision: number;
      /** The transaction that wrote it, where it was read; `after` has its own once it is durable. */
      readonly stamp?: string | undefined;
      readonly after: Staged | undefined;
    }
  | {
      readonly kind: 'stream';
      readonly stream: string;
      readonly version: number;
      readonly after: Staged | undefined;
    }
  | {
      readonly kind: 'fence';
      readonly name: string;
      readonly fence: number;
      readonly after: Staged | undefined;
    }
  | ({ readonly kind: 'page'; readonly after?: undefined } & SeenPage);

/** A page of documents as it was read, in words that the database understands too. */
export interface SeenPage {
  readonly collection: string;
  /** Negative = read backwards. */
  readonly slot: number;
  readonly value: string;
  readonly from: string;
  readonly limit: number;
  readonly ids: ReadonlySet<string>;
  /** Ids and revisions by id. */
  readonly seen: string;
}

export interface StagedDocument {
  readonly collection: string;
  readonly id: string;
  /** undefined = removed. */
  readonly text: string | undefined;
  readonly ends: number | null;
  /** By slot; filled again when another release added a field. */
  keys: readonly (string | null)[];
}

export interface StagedEvent extends Omit<StoredEvent, 'version' | 'data'> {
  readonly stream: string;
  readonly key: string;
  readonly public: boolean;
  readonly subject: string | undefined;
  /** JSON, personal fields sealed. */
  readonly text: string;
}

export interface Staged {
  readonly unit: string;
  readonly change: Change;
  readonly conditions: readonly Condition[];
  readonly documents: readonly StagedDocument[];
  readonly events: readonly StagedEvent[];
  /** Rows of the outbox that become its events. */
  readonly outbox: readonly string[];
  /** Somebody read what it wrote before it was durable. */
  wasRead: boolean;
  state: 'staged' | 'durable' | 'refused';
  /** Its transaction, when it is durable. */
  stamp: string | undefined;
  readonly done: Promise<Receipt>;
  resolve(receipt: Receipt): void;
  reject(error: unknown): void;
}

export interface EncodeContext {
  readonly sealer: Sealer;
  readonly cryptography: Cryptography;
  readonly fields: Fields;
  readonly id: () => string;
}

/** An id, a stream or a key: an index row must hold it. */
const NAME_MAX = 700;

function storable(text: string, what: string): string {
  if (text.length > NAME_MAX)
    throw refused(`${what} '${text.slice(0, 40)}…' has more than ${NAME_MAX} characters`);
  if (text.includes('\0') || !text.isWellFormed())
    throw refused(`${what} ${JSON.stringify(text)} has characters that no database keeps`);
  return text;
}

const refused = (message: string) => new OffshootError('VALIDATION_FAILED', message);

/** Seals and encodes. Throws KeyMissing, or VALIDATION_FAILED for what cannot be stored. */
export function encodeChange(
  change: Change,
  context: EncodeContext,
): Pick<Staged, 'documents' | 'events'> {
  const { sealer, cryptography, fields, id: newId } = context;
  const { correlation, causation, actor, tenant } = change.stamp;
  for (const text of [correlation, causation, actor, tenant]) storable(text, 'the stamp');
  const documents = change.documents.map(({ collection, id, data }): StagedDocument => {
    const at = { collection: collection.name, id: storable(id, collection.name) };
    if (data === undefined) return { ...at, text: undefined, ends: null, keys: [] };
    const sealed = sealer.seal(data, collection.personal, `${collection.name}/${id}`);
    const text = JSON.stringify(sealed);
    const keys = indexTexts(data, fields.of(collection.name), cryptography);
    return { ...at, text, ends: endOf(data, collection), keys };
  });
  const events = change.appends.flatMap(({ stream, events }) =>
    events.map((event): StagedEvent => {
      const { type, schema, key, personal, data } = event;
      const id = newId();
      const subject = personal && String((data as Record<string, unknown>)[personal.subject]);
      return {
        ...{ id, schema, key: storable(key, 'key'), public: event.public, subject },
        ...{ type: storable(type, 'type'), at: change.stamp.at },
        stream: storable(stream, 'stream'),
        text: JSON.stringify(sealer.seal(data, personal, id) ?? null),
      };
    }),
  );
  return { documents, events };
}

export function stagedUnit(
  unit: string,
  change: Change,
  conditions: readonly Condition[],
  encoded: Pick<Staged, 'documents' | 'events'>,
  outbox: readonly string[] = [],
): Staged {
  let resolve!: (receipt: Receipt) => void;
  let reject!: (error: unknown) => void;
  const done = new Promise<Receipt>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  done.catch(() => {}); // whoever waits for it sees it; nobody waiting is no crash
  return {
    ...{ unit, change, conditions, ...encoded, outbox, done, resolve, reject },
    wasRead: false,
    state: 'staged',
    stamp: undefined,
  };
}
