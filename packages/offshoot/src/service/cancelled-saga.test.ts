// What becomes of a saga that somebody asks to cancel, at each moment of its way?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, command, contract, fromService, jsonSchema } from '../contract/index.ts';
import { compensation, saga, sagas, signals } from '../saga/index.ts';
import { collection, one, put } from '../store/index.ts';
import { type System, system } from '../testing/index.ts';
import { commandHandler, service } from './index.ts';

interface Id {
  readonly id: string;
}
const Id = jsonSchema<Id>({ type: 'object', required: ['id'] });
const open = (route: string) => command(route, { input: Id, output: Id, access: anyone() });
const step = (route: string) =>
  command(route, { input: Id, output: Id, access: fromService('desk') });

const desk = contract('desk', {
  version: 1,
  operations: { begin: open('POST /begin'), cancel: open('POST /cancel') },
  events: {},
});
const hall = contract('hall', {
  version: 1,
  operations: {
    hold: step('POST /hold'),
    free: step('POST /free'),
    pay: step('POST /pay'),
    seat: step('POST /seat'),
  },
  events: {},
});

const ends = collection<{ how: string }>('ends');
const visit = saga('visit', { version: 1, input: Id })
  .step('hold', hall.hold, {
    input: ({ input }) => input,
    compensate: compensation(hall.free, ({ input }: { input: Id }) => input),
  })
  .pivot('pay', hall.pay, { input: ({ input }) => input })
  .step('seat', hall.seat, { input: ({ input }) => input })
  .end({
    completed: {
      decide: ({ input, cancelled }) => ({
        documents: [
          put(ends, input.id, { how: cancelled ? 'completed, then cancelled' : 'completed' }),
        ],
      }),
    },
    compensated: {
      decide: ({ input, reason }) => ({ documents: [put(ends, input.id, { how: reason })] }),
    },
  });

const deskService = service(desk, {
  collections: [ends],
  sagas: [visit],
  handlers: {
    begin: commandHandler(desk.begin, {
      decide: ({ input }) => ({ sagas: [visit.start(input.id, input)], reply: input }),
    }),
    cancel: commandHandler(desk.cancel, {
      decide: ({ input }) => ({ signals: [visit.cancel(input.id)], reply: input }),
    }),
  },
});

const say = (operation: any) =>
  commandHandler(operation, { decide: ({ input }: any) => ({ reply: input }) });
const hallService = service(hall, {
  handlers: {
    hold: say(hall.hold),
    free: say(hall.free),
    pay: say(hall.pay),
    seat: say(hall.seat),
  },
});

/** Begins a visit and cancels it while `during` is on its way; returns how it ended and what was called. */
async function cancelledDuring(
  during: string,
): Promise<{ how: string | undefined; called: string[]; it: System }> {
  const it = await system([deskService, hallService]);
  const called: string[] = [];
  it.way(async (call, next) => {
    if (call.service === 'hall') called.push(call.operation);
    const reply = await next(call);
    if (call.operation === during) await it.invoke(desk.cancel, { id: 'v' });
    return reply;
  });
  await it.invoke(desk.begin, { id: 'v' });
  await it.runtime.advance(1_000);
  const end = await it.store('desk').load(one(ends, 'v'));
  return { how: end?.data.how, called, it };
}

test('before the pivot the step that was on its way is undone, and nobody is charged', async () => {
  const { how, called, it } = await cancelledDuring('hold');
  assert.deepEqual([how, called], ['CANCELLED', ['hold', 'free']]);
  assert.equal((await it.store('desk').load(one(sagas, 'v')))?.data.status, 'compensated');
  await it.close();
});

for (const during of ['pay', 'seat'] as const)
  test(`from the pivot on it goes to its end, which hears of it: ${during}`, async () => {
    const { how, called, it } = await cancelledDuring(during);
    assert.deepEqual(called, ['hold', 'pay', 'seat']);
    assert.equal(how, 'completed, then cancelled');
    assert.equal(await it.store('desk').load(one(signals, 'v')), undefined, 'the signal is gone');
    await it.close();
  });

test('nobody cancelled: the end says so', async () => {
  const { how, it } = await cancelledDuring('nothing');
  assert.equal(how, 'completed');
  await it.close();
});
