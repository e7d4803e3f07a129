// Is what was written years ago still read, and what is not yet known refused?
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { eventVersions, failures } from '../testing/index.ts';
import {
  contract,
  ERASED,
  event,
  type JsonSchema,
  jsonSchema,
  parseEventData,
  personal,
  type Upcasts,
  unlessErased,
  upcast,
} from './index.ts';

const text = { type: 'string' };
const V1 = {
  type: 'object',
  required: ['guestId', 'name'],
  properties: { guestId: text, name: text },
};
const V2 = {
  type: 'object',
  required: ['guestId', 'first', 'last'],
  properties: { guestId: text, first: text, last: text },
};
const V3 = {
  ...V2,
  required: [...V2.required, 'table'],
  properties: { ...V2.properties, table: { type: 'integer' } },
};

const upcasts: Upcasts = {
  1({ name, ...rest }) {
    const first = unlessErased(name, (whole: string) => whole.split(' ')[0]);
    const last = unlessErased(name, (whole: string) => whole.split(' ').slice(1).join(' '));
    return { ...rest, first, last };
  },
  2: (data) => ({ ...data, table: 0 }),
};

const arrived = (schema: JsonSchema, version: number, more?: Upcasts, fields = ['first', 'last']) =>
  contract('inn', {
    ...{ version: 1, noun: 'guest', operations: {} },
    events: {
      arrived: event({
        ...{ version, key: 'guestId', data: jsonSchema<any>(schema) },
        ...(more ? { upcasts: more } : {}),
        personal: personal('guestId', fields),
      }),
    },
  }).events.arrived;

const now = arrived(V3, 3, upcasts);

test('each version becomes the next until it is the current one', () => {
  assert.deepEqual(upcast(now, 1, { guestId: 'g', name: 'Ada King', more: 1 }), {
    ...{ guestId: 'g', first: 'Ada', last: 'King', table: 0, more: 1 },
  });
  assert.deepEqual(upcast(now, 2, { guestId: 'g', first: 'A', last: '' }), {
    ...{ guestId: 'g', first: 'A', last: '', table: 0 },
  });
  const current = { guestId: 'g' };
  assert.equal(upcast(now, 3, current), current);
});

test('an erased field passes every upcaster, and fits every schema', () => {
  const data = upcast(now, 1, { guestId: 'g', name: ERASED });
  assert.deepEqual(data, { guestId: 'g', first: ERASED, last: ERASED, table: 0 });
  assert.ok(parseEventData(now, data).ok);
  assert.ok(!parseEventData(now, { ...Object(data), table: ERASED }).ok);
  assert.deepEqual(now(data as any).data, data);
});

test('a version of a newer release is not read', () => {
  assert.throws(() => upcast(now, 4, {}), /guest.arrived v4 is newer than v3/);
});

test('a missing upcaster, or one too many, is a bad definition', () => {
  const { 1: first } = upcasts;
  for (const wrong of [
    undefined,
    { 1: first! },
    { ...upcasts, 3: first! },
    { ...upcasts, x: first! },
  ])
    assert.throws(() => arrived(V3, 3, wrong as Upcasts), { code: 'BAD_DEFINITION' });
  assert.throws(() => arrived(V3, 0), { code: 'BAD_DEFINITION' });
});

const folder = mkdtempSync(join(tmpdir(), 'offshoot-versions-'));
after(() => rmSync(folder, { recursive: true }));
const here = pathToFileURL(join(folder, 'x.test.ts')).href;

const pin = (version: number, schema: object, fields: readonly string[]) => {
  mkdirSync(join(folder, 'golden/events'), { recursive: true });
  const whose = { subject: 'guestId', fields };
  const facts = { type: 'guest.arrived', version, key: 'guestId', personal: whose, schema };
  writeFileSync(
    join(folder, `golden/events/guest.arrived.v${version}.json`),
    JSON.stringify(facts),
  );
};
pin(1, V1, ['name']);
pin(2, V2, ['first', 'last']);
pin(3, V3, ['first', 'last']);

const broken = (definition: typeof now) =>
  failures(eventVersions({ fc, here, events: [definition], samples: 20 }));

test('generated events of every golden version fit the current schema', async () => {
  assert.deepEqual(await broken(now), []);
});

test('the kit finds planted defects: a lost field, data that does not fit, a changed schema', async () => {
  const dropping = {
    ...upcasts,
    2: ({ guestId, first, last }: any) => ({ guestId, first, last, table: 0 }),
  };
  const [v1, v2, v3] = [1, 2, 3].map((version) => `guest.arrived v${version} can be read`);
  assert.deepEqual(await broken(arrived(V3, 3, dropping)), [v1, v2]);
  const lazy = { ...upcasts, 2: (data: any) => data };
  assert.deepEqual(await broken(arrived(V3, 3, lazy)), [v1, v2]);
  const careless = {
    ...upcasts,
    1: ({ name, ...rest }: any) => ({ ...rest, first: name.trim(), last: '' }),
  };
  assert.deepEqual(await broken(arrived(V3, 3, careless)), [v1]);
  const stricter = {
    ...V3,
    properties: { ...V3.properties, table: { type: 'integer', minimum: 0 } },
  };
  assert.deepEqual(await broken(arrived(stricter, 3, upcasts)), [v3]);
  assert.deepEqual(await broken(arrived(V3, 4, { ...upcasts, 3: (data) => data })), [
    'guest.arrived v4 can be read',
  ]);
});

test('a changed schema that what was written no longer fits cannot be pinned', async (t) => {
  process.env.GOLDEN = 'write';
  t.after(() => delete process.env.GOLDEN);
  const required = { ...V3, required: [...V3.required, 'room'] };
  assert.deepEqual(
    await broken(arrived(required, 3, upcasts)),
    [1, 2, 3].map((v) => `guest.arrived v${v} can be read`),
  );
});
