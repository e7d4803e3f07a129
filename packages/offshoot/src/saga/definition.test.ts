// What does not compile, and what does not even run? `tsc` checks the lines marked as errors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { command, contract, jsonSchema, query } from '../contract/index.ts';
import { compensation, saga } from './index.ts';

interface Id {
  readonly id: string;
}
interface Price {
  readonly amount: number;
}
const id = jsonSchema<Id>({ type: 'object' });
const price = jsonSchema<Price>({ type: 'object' });
const shop = contract('shop', {
  version: 1,
  operations: {
    take: command('POST /take', { input: id, output: price }),
    giveBack: command('POST /back', { input: id, output: price }),
    pay: command('POST /pay', { input: price, output: id }),
    look: query('GET /look', { input: id, output: price }),
  },
  events: {},
});

const undo = compensation(shop.giveBack, ({ input }: { input: Id }) => input);
const start = () => saga('s', { version: 1, input: id });
const input = ({ input }: { readonly input: Id }) => input;

/** Never runs: it is there for the compiler. */
export function typesOnly(): void {
  // @ts-expect-error a command before the pivot says how it is undone
  start().step('take', shop.take, { input });
  // @ts-expect-error a query has nothing to undo
  start().step('look', shop.look, { input, compensate: undo });
  // @ts-expect-error the pivot is not undone
  start().pivot('pay', shop.pay, { input: () => ({ amount: 1 }), compensate: undo });
  // @ts-expect-error a query is no pivot
  start().pivot('look', shop.look, { input });
  const after = start().pivot('pay', shop.pay, { input: () => ({ amount: 1 }) });
  // @ts-expect-error there is one pivot at most
  after.pivot('again', shop.pay, { input: () => ({ amount: 1 }) });
  // @ts-expect-error nothing is undone after the pivot
  after.step('take', shop.take, { input, compensate: undo });
  // @ts-expect-error the input of a step is that of its operation
  start().step('take', shop.take, { input: () => ({ id: 7 }), compensate: undo });
  // @ts-expect-error the input of a compensation is that of its operation
  compensation(shop.giveBack, () => ({ amount: 1 }));
  start()
    .step('look', shop.look, { input })
    .pivot('pay', shop.pay, {
      // @ts-expect-error results are typed: there is no step `elsewhere` before this one
      input: ({ results }) => results.elsewhere,
    });
  start()
    .step('look', shop.look, { input })
    // @ts-expect-error a result has the type of its operation's output
    .pivot('pay', shop.pay, { input: ({ results }) => ({ amount: results.look.nothing }) });
  start().step('take', shop.take, {
    input,
    compensate: compensation(shop.giveBack, ({ results }) => {
      // @ts-expect-error the own result may be missing: its outcome may be unknown
      const amount: number = results.take.amount;
      return { id: String(amount) };
    }),
  });
  const told = start().wait('word', { data: price, timeoutMs: 1 }).wait('nod', { timeoutMs: 1 });
  told.pivot('pay', shop.pay, { input: ({ results }) => results.word });
  // @ts-expect-error what a wait hears has the type of its data
  told.pivot('pay', shop.pay, { input: ({ results }) => ({ amount: results.word.nothing }) });
  // @ts-expect-error every wait has an end
  start().wait('word', { data: price });
  const ended = told.end();
  ended.signal('1', 'word', { amount: 1 });
  ended.signal('1', 'nod');
  // @ts-expect-error nobody waits for another word
  ended.signal('1', 'other');
  // @ts-expect-error a signal carries what its wait hears
  ended.signal('1', 'word', { id: 'a' });
  // @ts-expect-error a signal that carries something carries it
  ended.signal('1', 'word');
  // @ts-expect-error a signal that carries nothing takes nothing
  ended.signal('1', 'nod', { amount: 1 });
  after
    .wait('word', { data: price, timeoutMs: 1 })
    // @ts-expect-error after the pivot a wait may have been in vain
    .step('again', shop.pay, { input: ({ results }) => ({ amount: results.word.amount }) });
  // @ts-expect-error a child before the pivot says how it is undone
  start().child('part', ended, { input });
  // @ts-expect-error after the pivot a child is not undone
  after.child('part', ended, { input, compensate: undo });
  // @ts-expect-error the input of a child is that of its saga
  after.child('part', ended, { input: () => ({ amount: 1 }) });
  after
    .child('part', ended, { input })
    // @ts-expect-error the results of a child are those of its saga
    .step('again', shop.pay, { input: ({ results }) => results.part.nothing });
  after.child('part', ended, { input }).step('more', shop.pay, {
    input: ({ results }) => results.part.word,
  });
  // @ts-expect-error a sleep is a number of milliseconds
  start().sleep('rest', '1 hour');
  // @ts-expect-error nothing is asleep that could be undone
  start().sleep('rest', 1, { compensate: undo });
  // @ts-expect-error a saga starts with its input
  start().step('look', shop.look, { input }).end().start('1', { amount: 1 });
}

test('results accumulate with their types from step to step', () => {
  const made = start()
    .step('look', shop.look, { input })
    .step('take', shop.take, {
      input: ({ results }) => ({ id: String(results.look.amount) }),
      compensate: compensation(shop.giveBack, ({ input: { id: whose } }) => ({ id: whose })),
    })
    .pivot('pay', shop.pay, { input: ({ results }) => ({ amount: results.take.amount }) })
    .step('see', shop.look, { input: ({ results }) => ({ id: results.pay.id }) })
    .end();
  assert.deepEqual(
    made.steps.map(({ name }) => name),
    ['look', 'take', 'pay', 'see'],
  );
  assert.equal(made.pivot, 2);
  const given = { sagaId: '1', input: { id: 'a' }, results: { look: { amount: 3 } } };
  const [, take] = made.steps;
  assert.deepEqual(take?.kind === 'call' && take.input(given), { id: '3' });
});

test('without a pivot every step can be undone', () => {
  const made = start().step('take', shop.take, { input, compensate: undo }).end();
  assert.equal(made.pivot, 1);
  assert.equal(made.deadlineMs, 600_000);
});

test('two steps of one name and a saga without steps are refused', () => {
  const twice = () => start().step('look', shop.look, { input }).step('look', shop.look, { input });
  assert.throws(twice, { code: 'BAD_DEFINITION' });
  assert.throws(() => start().end(), { code: 'BAD_DEFINITION' });
});

test('a start carries what the engine needs', () => {
  const made = start().step('look', shop.look, { input }).end();
  assert.deepEqual(made.start('7', { id: 'a' }), {
    saga: 's',
    version: 1,
    id: '7',
    input: { id: 'a' },
  });
});
