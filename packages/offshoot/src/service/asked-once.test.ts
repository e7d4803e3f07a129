// Is the outside asked once for one fact, however often its handling begins again?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  anyone,
  command,
  contract,
  event,
  jsonSchema,
  type OutsideAdapter,
  outside,
} from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import { on, subscription } from '../messaging/index.ts';
import { append, collection, one, put } from '../store/index.ts';
import { UNMEASURED } from '../telemetry/index.ts';
import { type System, system } from '../testing/index.ts';
import { commandHandler, service } from './index.ts';

interface Wishes {
  readonly ids: readonly string[];
}
const text = jsonSchema<{ id: string }>({ type: 'object', required: ['id'] });
const many = jsonSchema<Wishes>({ type: 'object', required: ['ids'] });
const well = contract('well', {
  version: 1,
  noun: 'wish',
  operations: { wish: command('POST /wishes', { input: many, output: many, access: anyone() }) },
  events: { made: event({ version: 1, key: 'id', data: text }) },
});
const wellService = service(well, {
  handlers: {
    wish: commandHandler(well.wish, {
      decide: ({ input }) => ({
        appends: input.ids.map((id) => append(`wish/${id}`, [well.events.made({ id })])),
        reply: input,
      }),
    }),
  },
});

const DEADLINE_MS = 1_000;
const crier = outside('crier', {
  ...{ idempotent: 'at-least-once', deadlineMs: DEADLINE_MS },
  calls: { cry: { input: text, output: text } },
});
const town = contract('town', { version: 1, operations: {}, events: {} });
const heard = collection<{ times: number }>('heard');

/** What `decide` does first: set by a test. */
let fail: (id: string) => void = () => {};
const townService = service(town, {
  collections: [heard],
  handlers: {},
  subscriptions: [
    subscription('cries', [
      on(well.events.made, {
        prepare: ({ event: { data } }, reach) =>
          reach.outside(crier, `cry/${data.id}`).cry({ id: data.id }),
        load: ({ event: { data } }) => ({ before: one(heard, data.id) }),
        decide({ event: { data }, loaded: { before } }) {
          fail(data.id);
          return { documents: [put(heard, data.id, { times: (before?.data.times ?? 0) + 1 })] };
        },
      }),
    ]),
  ],
});

interface Place {
  readonly it: System;
  /** How often each id was cried out. */
  readonly cries: ReadonlyMap<string, number>;
  readonly late: () => number;
  readonly mostAtOnce: () => number;
}

/** A town whose crier does `answer` for each call. */
async function inTown(
  answer: (it: System, id: string, time: number) => Promise<void>,
  run: (place: Place) => Promise<void>,
): Promise<void> {
  fail = () => {};
  const cries = new Map<string, number>();
  let late = 0;
  let atOnce = 0;
  let mostAtOnce = 0;
  const adapter: OutsideAdapter = {
    async call(_name, input) {
      const { id } = input as { id: string };
      const time = (cries.get(id) ?? 0) + 1;
      cries.set(id, time);
      atOnce += 1;
      mostAtOnce = Math.max(mostAtOnce, atOnce);
      await answer(it, id, time);
      atOnce -= 1;
      return { id };
    },
  };
  const count = (name: string) => {
    if (name === 'offshoot_outside_late_answers_total') late += 1;
  };
  const metrics = { ...UNMEASURED, count };
  const it = await system([wellService, townService], { outside: { crier: adapter }, metrics });
  try {
    await run({ it, cries, late: () => late, mostAtOnce: () => mostAtOnce });
  } finally {
    await it.close();
  }
}

const make = (it: System, ...ids: string[]) => it.invoke(well.wish, { ids });
const times = async (it: System, id: string) =>
  (await it.store('town').load(one(heard, id)))?.data.times ?? 0;
const pausedBy = (it: System) => it.service('town').consumers[0]?.pausedBy;
const atOnce = async () => {};

test('a burst waits for room, not with its deadline running: nobody is asked twice', () => {
  const MS = 100;
  const LINES = 16; // what the crier does at once; the others wait in a line of its own
  const line: (() => void)[] = [];
  let free = LINES;
  const slowly = async (it: System) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => line.push(resolve));
    await it.runtime.sleep(MS);
    const next = line.shift();
    if (next) next();
    else free += 1;
  };
  return inTown(slowly, async ({ it, cries, mostAtOnce, late }) => {
    const ids = Array.from({ length: 500 }, (_, index) => `w${index}`);
    await make(it, ...ids);
    for (let step = 0; step < 50; step += 1) {
      await it.runtime.advance(MS);
      assert.equal(pausedBy(it), '');
    }
    for (const id of ids) assert.deepEqual([id, cries.get(id), await times(it, id)], [id, 1, 1]);
    assert.equal(mostAtOnce(), 32);
    assert.equal(late(), 0);
  });
});

test('an answer after the deadline is counted, and the next try takes it', () =>
  inTown(
    async (it) => it.runtime.sleep(2.5 * DEADLINE_MS),
    async ({ it, cries, late }) => {
      await make(it, 'a', 'b');
      await it.runtime.advance(DEADLINE_MS);
      assert.match(pausedBy(it) ?? '', /took too long/);
      await it.runtime.advance(10_000);
      assert.deepEqual([...cries.values(), late()], [1, 1, 2]);
      assert.deepEqual([await times(it, 'a'), await times(it, 'b')], [1, 1]);
    },
  ));

test('a call that stays silent is made again after a minute', () =>
  inTown(
    (_it, _id, time) => (time === 1 ? new Promise(() => {}) : atOnce()),
    async ({ it, cries }) => {
      await make(it, 'a');
      await it.runtime.advance(50_000);
      assert.equal(cries.get('a'), 1);
      await it.runtime.advance(50_000);
      assert.deepEqual([cries.get('a'), await times(it, 'a')], [2, 1]);
    },
  ));

test('a call that failed is made again: nobody knows what became of it', () =>
  inTown(
    async (_it, _id, time) => {
      if (time === 1) throw new OffshootError('UNAVAILABLE', 'the crier is hoarse');
    },
    async ({ it, cries }) => {
      await make(it, 'a');
      await it.runtime.advance(1_000);
      assert.deepEqual([cries.get('a'), await times(it, 'a')], [2, 1]);
    },
  ));

for (const code of ['UNAVAILABLE', 'INTERNAL_ERROR'] as const)
  test(`a handler that fails with ${code} after it asked does not ask again`, () =>
    inTown(atOnce, async ({ it, cries }) => {
      let tries = 0;
      fail = () => {
        tries += 1;
        if (tries <= 6) throw new OffshootError(code, 'not now');
      };
      await make(it, 'a');
      await it.runtime.advance(60_000);
      assert.deepEqual([tries, cries.get('a'), await times(it, 'a')], [7, 1, 1]);
    }));

test('a service that stops asks for nothing more, and ends what it has begun', () =>
  inTown(
    async (it) => it.runtime.sleep(500),
    async ({ it, cries }) => {
      const ids = Array.from({ length: 200 }, (_, index) => `w${index}`);
      await make(it, ...ids);
      await it.runtime.advance(100);
      it.service('town').stop();
      await it.runtime.advance(5_000);
      assert.equal(cries.size, 32);
      await it.restart('town');
      await it.runtime.advance(5_000);
      for (const id of ids) assert.deepEqual([id, cries.get(id), await times(it, id)], [id, 1, 1]);
    },
  ));

test('flushes that fail and sweeps that overlap ask nobody again', () =>
  inTown(
    async (it) => it.runtime.sleep(900),
    async ({ it, cries }) => {
      for (const id of ['a', 'b', 'c', 'd']) {
        it.failNextFlush('town');
        await make(it, id);
        await it.runtime.advance(700);
      }
      await it.runtime.advance(5_000);
      assert.deepEqual([...cries.values()], [1, 1, 1, 1]);
      for (const id of ['a', 'b', 'c', 'd']) assert.equal(await times(it, id), 1);
    },
  ));
