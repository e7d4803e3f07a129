// Does an operator find what happened, a bounded part at a time, without seeing whose data it is?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, command, contract, event, jsonSchema, personal } from '../contract/index.ts';
import { commandHandler, service } from '../service/index.ts';
import { append, privateEvent } from '../store/index.ts';
import { type System, system } from '../testing/index.ts';
import { eventVerbs, type ReadEntries } from './event-verbs.ts';

interface Note {
  readonly id: string;
  readonly text: string;
}
const Note = jsonSchema<Note>({ type: 'object', required: ['id', 'text'] });
const bookOf = <const N extends string>(name: N) =>
  contract(name, {
    version: 1,
    noun: name,
    operations: { write: command('POST /notes', { input: Note, output: Note, access: anyone() }) },
    events: {
      written: event({ version: 1, key: 'id', data: Note, personal: personal('id', ['text']) }),
    },
  });
const red = bookOf('red');
const blue = bookOf('blue');

const serviceOf = (book: typeof red | typeof blue) =>
  service(book, {
    handlers: {
      write: commandHandler(book.write, {
        decide: ({ input }) => ({
          appends: [
            append(`note/${input.id}`, [
              book.events.written(input),
              privateEvent('note.filed', { why: 'tidiness' }),
            ]),
          ],
          reply: input,
        }),
      }),
    },
  });

type Verb = (asked: object) => Promise<ReadEntries>;

async function reading(
  body: (it: System & Record<'last' | 'next' | 'about', Verb>) => Promise<void>,
) {
  const it = await system([serviceOf(red), serviceOf(blue)]);
  const services = [it.service('red'), it.service('blue')];
  const verbs = eventVerbs({ runtime: it.runtime, services, keyring: it.keyring });
  const [last, next, about] = ['events.last', 'events.next', 'events.about'].map(
    (name) => verbs[name] as Verb,
  );
  try {
    await body({ ...it, last: last!, next: next!, about: about! });
  } finally {
    await it.close();
  }
}

const write = async (it: System, book: typeof red | typeof blue, id: string) => {
  await it.invoke(book.write, { id, text: `secret of ${id}` });
  await it.runtime.advance(1_000);
};
const typesOf = ({ entries }: ReadEntries) =>
  entries.map(({ type, stream }) => `${type} ${stream}`);

test('the newest entries of all logs come by time, and the way back ends at the beginning', () =>
  reading(async (it) => {
    for (const id of ['n1', 'n2', 'n3']) {
      await write(it, red, id);
      await write(it, blue, id);
    }
    const newest = await it.last({ limit: 3, type: '*.written' });
    assert.deepEqual(typesOf(newest), [
      'blue.written note/n2',
      'red.written note/n3',
      'blue.written note/n3',
    ]);
    assert.equal(newest.isEnd, false);
    const older = await it.last({ limit: 3, type: '*.written', before: newest.cursor });
    assert.deepEqual(typesOf(older), [
      'red.written note/n1',
      'blue.written note/n1',
      'red.written note/n2',
    ]);
  }));

test('the way back skips nothing and repeats nothing', () =>
  reading(async (it) => {
    for (let n = 1; n <= 7; n += 1) {
      await write(it, red, `n${n}`);
      if (n % 3 === 0) await write(it, blue, `n${n}`);
    }
    const all = await it.last({});
    assert.deepEqual([all.entries.length, all.isEnd], [18, true]);
    const found: string[] = [];
    let before: string | undefined;
    for (let isEnd = false; !isEnd; ) {
      const page: ReadEntries = await it.last({ limit: 4, before });
      found.unshift(...page.entries.map(({ id }) => id));
      before = page.cursor;
      isEnd = page.isEnd;
    }
    assert.deepEqual(
      found,
      all.entries.map(({ id }) => id),
    );
  }));

test('what is about a key says who, when and why, its personal fields sealed and then erased', () =>
  reading(async (it) => {
    await write(it, red, 'n1');
    await write(it, red, 'n2');
    const { entries, isEnd } = await it.about({ about: 'n2' });
    assert.deepEqual(typesOf({ entries } as ReadEntries), [
      'red.written note/n2',
      'note.filed note/n2',
    ]);
    const [first] = entries;
    assert.deepEqual(
      [isEnd, first!.actor, first!.correlation, first!.causation, first!.service],
      [true, 'service:tester', 'correlation', 'test', 'red'],
    );
    assert.deepEqual(first!.data, { id: 'n2', text: { sealed: true, subject: 'n2' } });
    await it.keyring.forget('n2');
    const erased = await it.about({ about: first!.id });
    assert.deepEqual(
      erased.entries.map(({ data }) => data),
      [{ id: 'n2', text: { erased: true } }],
    );
  }));

test('a search about an id begins where the log can first mention it', () =>
  reading(async (it) => {
    for (const id of ['n1', 'n2']) await write(it, red, id);
    await it.runtime.advance(3_600_000);
    const id = it.runtime.id();
    await write(it, red, id);
    const found = await it.about({ about: id, limit: 1 });
    assert.deepEqual(typesOf(found), [`red.written note/${id}`]);
    const { entries } = await it.about({ about: it.runtime.id() });
    assert.deepEqual(entries, []);
  }));

test('a search looks at a bounded part of a log and says where it goes on', () =>
  reading(async (it) => {
    const many = Array.from({ length: 1_000 }, (_, n) => privateEvent('red.dot', { n }));
    const store = it.store('red');
    const stamp = { at: 0, actor: '', tenant: '', correlation: '', causation: '', traceparent: '' };
    for (let times = 0; times < 25; times += 1) {
      const change = { appends: [append('dots', many)], documents: [], stamp };
      await store.stage(change, store.failures);
    }
    await write(it, red, 'n1');
    const first = await it.about({ about: 'n1', service: 'red' });
    assert.deepEqual([first.entries, first.isEnd], [[], false]);
    const then = await it.about({ about: 'n1', service: 'red', after: first.cursor });
    assert.deepEqual([then.entries.length, then.isEnd], [2, true]);
  }));

test('who follows the logs waits for what fits and is not woken for ever', () =>
  reading(async (it) => {
    await write(it, red, 'n1');
    const { cursor, entries } = await it.next({ limit: 1 });
    assert.deepEqual(entries, []);
    const waiting = it.next({ after: cursor, waitMs: 20_000, type: 'blue.written' });
    await write(it, red, 'n2');
    const passed = await waiting;
    assert.deepEqual([passed.entries, passed.isEnd], [[], true]);
    const again = it.next({ after: passed.cursor, waitMs: 20_000, type: 'blue.written' });
    await it.runtime.settle();
    await write(it, blue, 'n3');
    assert.deepEqual(typesOf(await again), ['blue.written note/n3']);
    const idle = it.next({ after: (await again).cursor, waitMs: 20_000 });
    await it.runtime.advance(20_000);
    assert.deepEqual(typesOf(await idle), []);
  }));

test('a service that is not here and a cursor that is none are refused', () =>
  reading(async (it) => {
    const refused = { code: 'VALIDATION_FAILED' };
    await assert.rejects(it.last({ service: 'green' }), refused);
    await assert.rejects(it.next({ after: 'nonsense' }), refused);
    await assert.rejects(it.about({}), refused);
  }));
