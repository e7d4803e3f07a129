// Are services woken at their time, once in effect, through restarts and failures?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  anyone,
  command,
  contract,
  jsonSchema,
  type OutsideAdapter,
  outside,
} from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import { collection, every, one, put } from '../store/index.ts';
import { type System, system } from '../testing/index.ts';
import { commandHandler, onTimer, service } from './index.ts';
import { timers } from './timers.ts';

const Egg = jsonSchema<{ id: string; ms: number }>({ type: 'object', required: ['id', 'ms'] });
const kitchen = contract('kitchen', {
  version: 1,
  operations: { boil: command('POST /eggs', { input: Egg, output: Egg, access: anyone() }) },
  events: {},
});
const eggs = collection<{ rings: number }>('eggs');

/** What the handler does next: set by a test. */
let failWith: OffshootError | Error | undefined;
/** The idempotency key of each call of the stove. */
let keys: string[] = [];

const stove = outside('stove', {
  idempotent: 'by-key',
  calls: { heat: { input: jsonSchema<object>({}), output: jsonSchema<object>({}) } },
});
const adapter: OutsideAdapter = {
  async call(_name, _input, { key }) {
    keys.push(key);
    if (failWith) throw failWith;
    return {};
  },
};

const kitchenService = service(kitchen, {
  collections: [eggs],
  handlers: {
    boil: commandHandler(kitchen.boil, {
      decide: ({ input, at }) => ({
        timers: [
          {
            name: input.id.startsWith('forgotten') ? 'forgotten' : 'done',
            ...{ id: input.id, due: at + input.ms },
          },
        ],
        reply: input,
      }),
    }),
  },
  timers: [
    onTimer('done', {
      async prepare({ id }, reach) {
        if (id !== 'cold') await reach.outside(stove).heat({});
      },
      load: ({ id }) => ({ egg: one(eggs, id) }),
      decide: ({ id, loaded }) => ({
        documents: [put(eggs, id, { rings: (loaded.egg?.data.rings ?? 0) + 1 })],
      }),
    }),
  ],
});

const rings = async (it: System, id: string): Promise<number> =>
  (await it.store('kitchen').load(one(eggs, id)))?.data.rings ?? 0;

const left = async (it: System) => it.store('kitchen').load(every(timers, { limit: 1_000 }));

async function inKitchen(run: (it: System) => Promise<void>): Promise<void> {
  failWith = undefined;
  keys = [];
  const it = await system([kitchenService], { outside: { stove: adapter } });
  try {
    await run(it);
  } finally {
    await it.close();
  }
}

test('a timer fires at its time, not before, and once', () =>
  inKitchen(async (it) => {
    await it.invoke(kitchen.boil, { id: 'a', ms: 60_000 });
    await it.runtime.advance(59_000);
    assert.equal(await rings(it, 'a'), 0);
    await it.runtime.advance(1_500);
    assert.equal(await rings(it, 'a'), 1);
    await it.runtime.advance(600_000);
    assert.equal(await rings(it, 'a'), 1);
  }));

test('a timer that came due while the service was down fires when it is back', () =>
  inKitchen(async (it) => {
    await it.invoke(kitchen.boil, { id: 'a', ms: 60_000 });
    it.service('kitchen').stop();
    await it.runtime.advance(600_000);
    assert.equal(await rings(it, 'a'), 0);
    await it.restart('kitchen');
    await it.runtime.advance(1_000);
    assert.equal(await rings(it, 'a'), 1);
  }));

test('the same name, id and due time are one timer', () =>
  inKitchen(async (it) => {
    await Promise.all([
      it.invoke(kitchen.boil, { id: 'a', ms: 1_000 }),
      it.invoke(kitchen.boil, { id: 'a', ms: 1_000 }),
    ]);
    await it.runtime.advance(5_000);
    assert.equal(await rings(it, 'a'), 1);
  }));

test('a flush that fails while a timer fires does not lose it', () =>
  inKitchen(async (it) => {
    await it.invoke(kitchen.boil, { id: 'a', ms: 1_000 });
    it.failNextFlush('kitchen');
    await it.runtime.advance(5_000);
    assert.equal(await rings(it, 'a'), 1);
  }));

test('while what it depends on is away, a timer comes again, soon and then every ten seconds', () =>
  inKitchen(async (it) => {
    failWith = new OffshootError('UNAVAILABLE', 'the stove is away');
    await it.invoke(kitchen.boil, { id: 'a', ms: 1_000 });
    await it.runtime.advance(3_000);
    assert.ok(keys.length > 2);
    await it.runtime.advance(600_000);
    assert.ok(keys.length < 75, `${keys.length} tries`);
    failWith = undefined;
    await it.runtime.advance(10_500);
    assert.equal(await rings(it, 'a'), 1);
    assert.equal(new Set(keys).size, 1, 'the outside saw one key');
    assert.deepEqual(await left(it), []);
  }));

test('timers whose dependency is away hold up none behind them, however many they are', () =>
  inKitchen(async (it) => {
    failWith = new OffshootError('UNAVAILABLE', 'the stove is away');
    const boil = (id: string, ms: number) => it.invoke(kitchen.boil, { id, ms });
    await Promise.all(Array.from({ length: 600 }, (_, n) => boil(`e${n}`, 1_000)));
    await boil('cold', 1_500);
    await it.runtime.advance(3_500);
    assert.equal(await rings(it, 'cold'), 1);
    failWith = undefined;
    await it.runtime.advance(15_000);
    for (let n = 0; n < 600; n += 1) assert.equal(await rings(it, `e${n}`), 1);
  }));

test('timers that nobody handles hold up none behind them, and are kept', () =>
  inKitchen(async (it) => {
    await Promise.all(
      Array.from({ length: 300 }, (_, n) =>
        it.invoke(kitchen.boil, { id: `forgotten${n}`, ms: 1_000 }),
      ),
    );
    await it.invoke(kitchen.boil, { id: 'a', ms: 1_500 });
    await it.runtime.advance(3_000);
    assert.equal(await rings(it, 'a'), 1);
    assert.equal((await left(it)).length, 300);
  }));

test('a timer that fails by itself waits a minute, and the others do not wait for it', () =>
  inKitchen(async (it) => {
    failWith = new Error('burnt');
    await it.invoke(kitchen.boil, { id: 'a', ms: 1_000 });
    await it.runtime.advance(10_000);
    assert.equal(keys.length, 1);
    failWith = undefined;
    await it.invoke(kitchen.boil, { id: 'b', ms: 1_000 });
    await it.runtime.advance(2_000);
    assert.equal(await rings(it, 'b'), 1);
    await it.runtime.advance(60_000);
    assert.equal(await rings(it, 'a'), 1);
  }));

test('a thousand due timers all fire, a second at a time', () =>
  inKitchen(async (it) => {
    const boil = (n: number) => it.invoke(kitchen.boil, { id: `e${n}`, ms: 1_000 });
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => boil(n)));
    await it.runtime.advance(10_000);
    assert.equal(keys.length, 1_000);
  }));
