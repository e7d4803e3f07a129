// Does a subscription that has seen a future which never was stop, say so, and go on when told?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, command, contract, event, jsonSchema } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import { embeddedBroker, on, subscription } from '../messaging/index.ts';
import { append, collection, every, put } from '../store/index.ts';
import { type System, system } from '../testing/index.ts';
import { commandHandler, service } from './index.ts';

interface Cup {
  readonly guest: string;
  readonly n: number;
}
const cup = jsonSchema<Cup>({ type: 'object', required: ['guest', 'n'] });
const bar = contract('bar', {
  version: 1,
  operations: {
    pour: command('POST /cups', { input: cup, output: cup, access: anyone() }),
    spill: command('POST /spills', { input: cup, output: cup, access: anyone() }),
  },
  events: {
    poured: event({ version: 1, key: 'guest', data: cup }),
    spilt: event({ version: 1, key: 'guest', data: cup }),
  },
});
const till = contract('till', { version: 1, operations: {}, events: {} });

const barService = service(bar, {
  handlers: {
    pour: commandHandler(bar.pour, {
      decide: ({ input }) => ({
        appends: [append(`guest/${input.guest}`, [bar.events.poured(input)])],
        reply: input,
      }),
    }),
    spill: commandHandler(bar.spill, {
      decide: ({ input }) => ({
        appends: [append(`guest/${input.guest}`, [bar.events.spilt(input)])],
        reply: input,
      }),
    }),
  },
});

const bill = collection<Cup>('bill');

/** A bar and a till; `deaf` makes the till wait where it is. */
async function evening(broker = embeddedBroker()) {
  const mood = { deaf: false };
  const tillService = service(till, {
    collections: [bill],
    handlers: {},
    subscriptions: [
      subscription('tabs', [
        on(bar.events.poured, {
          prepare: async () => {
            if (mood.deaf) throw new OffshootError('UNAVAILABLE', 'the till is deaf');
          },
          decide: ({ event: { id, data } }) => ({ documents: [put(bill, id, data, 0)] }),
        }),
      ]),
    ],
  });
  const it = await system([barService, tillService], { broker });
  const pour = async (...numbers: number[]) => {
    for (const n of numbers) await it.invoke(bar.pour, { guest: `g${n % 3}`, n });
  };
  const tabs = () => it.service('till').consumers[0]!;
  return { it, mood, pour, tabs, billed: () => billedOf(it) };
}

async function billedOf(it: System): Promise<number[]> {
  await it.runtime.advance(5_000);
  const found = await it.store('till').load(every(bill, { limit: 1_000 }));
  return found.map(({ data }) => data.n).sort((a, b) => a - b);
}

test('who has handled what was lost stops as FORKED, names the place, and handles nothing more', async () => {
  const { it, pour, tabs, billed } = await evening();
  await pour(1, 2, 3);
  const restore = it.backup('bar');
  await pour(4, 5);
  assert.deepEqual(await billed(), [1, 2, 3, 4, 5]);
  await restore();
  await pour(14, 15, 16);
  assert.deepEqual(await billed(), [1, 2, 3, 4, 5]);
  assert.deepEqual(tabs().fork?.at, { epoch: 1, seq: 3 });
  assert.match(
    tabs().pausedBy,
    /^FORKED: till\/tabs has handled events of bar up to 000001\.0000000000000005/,
  );
  await it.restart('till');
  assert.deepEqual(await billed(), [1, 2, 3, 4, 5]);
  assert.match(tabs().pausedBy, /^FORKED/, 'and after a restart too');
  await it.close();
});

test('who has handled no more than what was restored goes on into the new epoch and skips nothing', async () => {
  const { it, mood, pour, tabs, billed } = await evening();
  await pour(1, 2, 3);
  assert.deepEqual(await billed(), [1, 2, 3]);
  mood.deaf = true;
  await pour(4, 5);
  const restore = it.backup('bar');
  await pour(6, 7);
  await it.runtime.advance(3_000);
  await restore();
  await pour(16, 17);
  mood.deaf = false;
  assert.deepEqual(await billed(), [1, 2, 3, 4, 5, 16, 17]);
  assert.equal(tabs().pausedBy, '');
  await it.close();
});

test('events that were only filtered out, and that no floor has risen over, fork nothing', async () => {
  const { it, pour, tabs, billed } = await evening();
  await pour(1, 2);
  assert.deepEqual(await billed(), [1, 2]);
  const restore = it.backup('bar');
  for (const n of [3, 4, 5]) await it.invoke(bar.spill, { guest: 'g1', n });
  await restore();
  await pour(13, 14);
  assert.deepEqual(await billed(), [1, 2, 13, 14]);
  assert.equal(tabs().pausedBy, '');
  await it.close();
});

test('a floor that has risen over filtered events of a lost history is FORKED: nobody can tell', async () => {
  const { it, pour, tabs, billed } = await evening();
  await pour(1, 2);
  const restore = it.backup('bar');
  for (const n of [3, 4, 5]) await it.invoke(bar.spill, { guest: 'g1', n });
  assert.deepEqual(await billed(), [1, 2]);
  await restore();
  await pour(13, 14);
  assert.deepEqual(await billed(), [1, 2]);
  assert.match(tabs().pausedBy, /^FORKED/);
  await tabs().reset('fork');
  assert.deepEqual(await billed(), [1, 2, 13, 14]);
  await it.close();
});

test('a page of the lost history that was long on its way is not used', async () => {
  const whole = embeddedBroker();
  const held: (() => void)[] = [];
  const gate = { hold: false };
  const broker: typeof whole = {
    ...whole,
    publish: (page) =>
      gate.hold ? void held.push(() => whole.publish(page)) : whole.publish(page),
  };
  const { it, pour, tabs, billed } = await evening(broker);
  await pour(1, 2);
  assert.deepEqual(await billed(), [1, 2]);
  const restore = it.backup('bar');
  gate.hold = true;
  await it.invoke(bar.pour, { guest: 'g0', n: 3 });
  await restore();
  await pour(13);
  assert.deepEqual(await billed(), [1, 2, 13], 'the sweep has learnt of the new history');
  for (const publish of held) publish();
  await pour(14);
  assert.deepEqual(await billed(), [1, 2, 13, 14]);
  assert.equal(tabs().pausedBy, '');
  await it.close();
});

for (const [to, expected] of [
  ['fork', [1, 2, 3, 4, 14, 15, 16]],
  ['now', [1, 2, 3, 4, 16]],
] as const)
  test(`a forked subscription that is put at ${to} goes on from there`, async () => {
    const { it, pour, tabs, billed } = await evening();
    await pour(1, 2, 3);
    const restore = it.backup('bar');
    await pour(4);
    assert.deepEqual(await billed(), [1, 2, 3, 4]);
    await restore();
    await pour(14, 15);
    await billed();
    await tabs().reset(to);
    await pour(16);
    assert.deepEqual(await billed(), expected);
    assert.equal(tabs().pausedBy, '');
    await it.restart('till');
    assert.deepEqual(await billed(), expected);
    await it.close();
  });

test('put at the fork it reads what it had not read below it, and nothing of that again', async () => {
  const whole = embeddedBroker();
  const broker: typeof whole = {
    ...whole,
    publish: (page) =>
      page.events.some(({ data }) => (data as Cup).n === 1) ? undefined : whole.publish(page),
  };
  const { it, pour, tabs, billed } = await evening(broker);
  await pour(1, 2, 3);
  const restore = it.backup('bar');
  await pour(5);
  await it.runtime.settle();
  await restore();
  await pour(15);
  assert.deepEqual(await billed(), [2, 3, 5], 'the first one never came');
  await tabs().reset('fork');
  await pour(16);
  assert.deepEqual(await billed(), [1, 2, 3, 5, 15, 16]);
  assert.deepEqual(tabs().waiting, { messages: 0, parkedKeys: 0 });
  await it.close();
});

test('a subscription put at the beginning handles everything again', async () => {
  const { it, pour, tabs, billed } = await evening();
  await pour(1, 2);
  assert.deepEqual(await billed(), [1, 2]);
  await it.store('till').load(every(bill));
  await tabs().reset('beginning');
  await it.runtime.advance(3_000);
  // Each event's bill is there already: its handler refuses to write it twice, so it waits.
  assert.equal(tabs().fork, undefined);
  assert.deepEqual(await billed(), [1, 2]);
  await it.close();
});

test('a reset to a fork that is not there is refused, and changes nothing', async () => {
  const { it, pour, tabs, billed } = await evening();
  await pour(1);
  await billed();
  await assert.rejects(tabs().reset('fork'), { code: 'CONFLICT' });
  await pour(2);
  assert.deepEqual(await billed(), [1, 2]);
  await it.close();
});
