// Can every version of every event that was ever written still be read?
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  ERASED,
  type EventDefinition,
  type JsonSchema,
  jsonForm,
  type Personal,
  parseEventData,
  upcast,
} from '../contract/index.ts';
import type { Check } from './check.ts';
import { type FastCheck, samplesOf } from './schema-samples.ts';

export interface EventVersionsOptions {
  /** `import fc from 'fast-check'`: the kit brings none of its own. */
  readonly fc: FastCheck;
  /** `import.meta.url` of the test: the files are in `./golden/events` beside it. */
  readonly here: string;
  readonly events: readonly EventDefinition<any>[];
  /** Generated events for each version. @default 100 */
  readonly samples?: number;
}

/** What a version looked like: written once, kept for ever. */
interface Pinned {
  readonly type: string;
  readonly version: number;
  readonly key: string;
  readonly personal: Personal | null;
  readonly schema: JsonSchema;
}

const SAMPLES_DEFAULT = 100;
const SEED = 1; // the same events every time: a check that fails fails again
const STRANGE = 'fieldOfSomebodyElse';

/**
 * One check for each version of each event. Its golden file says what that version looked like;
 * events generated from it, plain, with a field nobody knows and with their personal fields
 * erased, must fit today's schema after the upcasters, which keep the unknown field. The current
 * version must be as its file says: with GOLDEN=write the file is written, and refused when
 * events of the version as it was no longer fit: that takes a new version and an upcaster.
 *
 * @example
 * for (const { name, run } of eventVersions({ fc, here: import.meta.url, events }))
 *   test(name, run);
 */
export function eventVersions(options: EventVersionsOptions): readonly Check[] {
  return options.events.flatMap((event) =>
    Array.from({ length: event.version }, (_, index) => ({
      name: `${event.type} v${index + 1} can be read`,
      run: async () => readable(event, index + 1, options),
    })),
  );
}

function readable(event: EventDefinition<any>, version: number, options: EventVersionsOptions) {
  const path = fileURLToPath(
    new URL(`./golden/events/${event.type}.v${version}.json`, options.here),
  );
  const known = pinned(path);
  if (known) fits(event, known, options);
  if (version === event.version) current(event, known, path);
  else if (!known) assert.fail(`${path} is gone: take it back from history, logs hold such events`);
}

function pinned(path: string): Pinned | undefined {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

function current(event: EventDefinition<any>, known: Pinned | undefined, path: string): void {
  const { type, version, key, personal = null, schema } = event;
  const now: Pinned = { type, version, key, personal, schema: jsonForm(schema, 'output', type) };
  if (process.env.GOLDEN === 'write') {
    mkdirSync(fileURLToPath(new URL('.', `file://${path}`)), { recursive: true });
    writeFileSync(path, `${JSON.stringify(now, null, 2)}\n`);
    return;
  }
  const hint = known
    ? 'changed: GOLDEN=write if that is meant, for what was written still fits; else raise the version and add an upcaster'
    : 'is new: GOLDEN=write pins it';
  assert.deepEqual(JSON.parse(JSON.stringify(now)), known, `${type} v${version} ${hint}`);
}

/** Events as that version wrote them, read by this release. */
function fits(event: EventDefinition<any>, known: Pinned, { fc, samples }: EventVersionsOptions) {
  const erased = Object.fromEntries((known.personal?.fields ?? []).map((field) => [field, ERASED]));
  const old = samplesOf(fc, known.schema) as import('fast-check').Arbitrary<object>;
  const property = fc.property(old, (data) => {
    reads(event, known, data);
    reads(event, known, { ...data, [STRANGE]: 1 }, STRANGE);
    if (known.personal) reads(event, known, { ...data, ...erased });
  });
  fc.assert(property, { numRuns: samples ?? SAMPLES_DEFAULT, seed: SEED });
}

function reads(event: EventDefinition<any>, known: Pinned, data: object, kept?: string): void {
  const now = upcast(event, known.version, JSON.parse(JSON.stringify(data)));
  const parsed = parseEventData(event, now);
  const from = `${known.type} v${known.version}, read as v${event.version},`;
  const issue = parsed.ok ? undefined : parsed.issues[0];
  if (kept !== undefined)
    assert.ok(Object.hasOwn(Object(now), kept), `${from} loses a field it does not know`);
  else assert.ok(parsed.ok, `${from} does not fit: ${issue?.pointer} ${issue?.detail}`);
}
