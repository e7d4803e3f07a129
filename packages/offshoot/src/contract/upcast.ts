// What does an event say today that was written years ago?
import { badDefinition, OffshootError } from '../error/index.ts';

/**
 * Makes the data of one version into that of the next. Pure. It keeps the fields it does not know
 * (`({ ...data, currency: 'EUR' })`), and lets personal fields that were erased through
 * (`unlessErased`).
 */
export type Upcast = (data: any) => unknown;

/** By the version they read: `{ 1: from 1 to 2, 2: from 2 to 3 }`. */
export type Upcasts = Readonly<Record<number, Upcast>>;

/** An event type with the version that this release knows, and how it reads the older ones. */
export interface Upcasting {
  readonly type: string;
  readonly version: number;
  readonly upcasts?: Upcasts | undefined;
}

/** Throws BAD_DEFINITION unless every older version, and nothing else, has its upcaster. */
export function checkUpcasts(
  type: string,
  { version, upcasts = {} }: Omit<Upcasting, 'type'>,
): void {
  if (!Number.isInteger(version) || version < 1)
    badDefinition(`${type}: ${version} is no version; start with 1`);
  for (let from = 1; from < version; from += 1)
    if (!Object.hasOwn(upcasts, from))
      badDefinition(`${type} v${version} cannot be read from v${from}: add upcasts[${from}]`);
  for (const from of Object.keys(upcasts))
    if (!(Number(from) >= 1 && Number(from) < version))
      badDefinition(`${type} v${version} has an upcaster of v${from}, which is not older`);
}

/**
 * The data of an event as the current version would have written it. Data of the current version
 * is returned as it is. Throws UNAVAILABLE for a version that only a newer release knows: whoever
 * follows waits until that release is here, and nothing is skipped or parked for a person.
 */
export function upcast(event: Upcasting, from: number, data: unknown): unknown {
  if (from === event.version) return data;
  if (from > event.version) {
    const message = `${event.type} v${from} is newer than v${event.version}, which this release knows; deploy the newer one`;
    throw new OffshootError('UNAVAILABLE', message);
  }
  let now = data;
  for (let version = from; version < event.version; version += 1)
    now = event.upcasts?.[version]?.(now);
  return now;
}
