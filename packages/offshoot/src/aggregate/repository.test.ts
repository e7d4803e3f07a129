// Can aggregates be found and saved as who thinks in repositories expects?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, privateEvent, runUnit } from '../store/index.ts';
import { bench, manualRuntime, testStamp } from '../testing/index.ts';
import { decider, type Kept, repository, type Saved } from './index.ts';

interface Order {
  readonly customerId: string | null;
  readonly lines: number;
}

const order = decider({
  initial: { customerId: null, lines: 0 } as Order,
  decide: () => [],
  evolve: {
    created: (now: Order, { customerId }: { customerId: string }) => ({ ...now, customerId }),
    added: (now: Order) => ({ ...now, lines: now.lines + 1 }),
  },
});
const orders = repository(order, {
  name: 'order',
  find: { customerId: (one) => one.customerId },
  snapshots: { version: 1, every: 3 },
});

const created = (customerId: string) => privateEvent('created', { customerId });
const added = privateEvent('added', {});

function opened() {
  const made = bench({ runtime: manualRuntime(), collections: orders.collections });
  const { store } = made;
  return {
    ...made,
    save: ({ appends, documents }: Saved) =>
      store.stage({ appends, documents, stamp: testStamp() }, store.failures),
    findById: (id: string) => store.load(orders.findById(id)) as Kept<Order> | undefined,
    findByCustomerId: (id: string) =>
      store.load(orders.findByCustomerId(id)) as readonly Kept<Order>[],
  };
}

test('what was saved is found by id, with the version to save it at', async () => {
  const { save, findById } = opened();
  assert.equal(findById('o1'), undefined);
  await save(orders.save('o1', [created('ada'), added]));
  const found = findById('o1');
  assert.deepEqual(found, {
    ...{ id: 'o1', version: 2, snapshot: 0 },
    state: { customerId: 'ada', lines: 1 },
  });
  await save(orders.save(found!, [added]));
  assert.deepEqual([findById('o1')?.version, findById('o1')?.snapshot], [3, 3]);
});

test('it is found by the customer from the very commit on, and by the new one after a change', async () => {
  const { save, findById, findByCustomerId } = opened();
  await save(orders.save('o1', [created('ada')]));
  await save(orders.save('o2', [created('ada'), added]));
  await save(orders.save('o3', [created('bob')]));
  const ids = (customer: string) => findByCustomerId(customer).map(({ id }) => id);
  assert.deepEqual([ids('ada'), ids('bob'), ids('eve')], [['o1', 'o2'], ['o3'], []]);
  assert.equal(findByCustomerId('ada')[1]?.state.lines, 1);
  await save(orders.save(findById('o2')!, [created('eve')]));
  assert.deepEqual([ids('ada'), ids('eve')], [['o1'], ['o2']]);
});

test('trap 47: of two who loaded the same version one saves, and a second creation is refused', async () => {
  const { save, findById } = opened();
  await save(orders.save('o1', [created('ada'), added, added]));
  const [mine, theirs] = [findById('o1')!, findById('o1')!];
  await save(orders.save(mine, [added]));
  assert.throws(() => save(orders.save(theirs, [added])), { code: 'CONFLICT' });
  assert.throws(() => save(orders.save('o1', [created('eve')])), { code: 'CONFLICT' });
});

test('a hundred and one aggregates of one customer come in pages', async () => {
  const { store, save } = opened();
  const name = (index: number) => `o${String(index).padStart(3, '0')}`;
  for (let index = 0; index < 101; index += 1)
    await save(orders.save(name(index), [created('ada')]));
  const first = store.load(orders.findByCustomerId('ada')) as readonly Kept<Order>[];
  const rest = orders.findByCustomerId('ada', { after: first.at(-1)?.id ?? '' });
  assert.deepEqual([first.length, (store.load(rest) as readonly unknown[]).length], [100, 1]);
});

test('without look-ups or snapshots there are no documents to declare', async () => {
  const plain = repository(order, { name: 'plain' });
  assert.deepEqual(plain.collections, []);
  const made = bench({ runtime: manualRuntime() });
  await runUnit(
    made,
    () => ({ found: plain.findById('p1') }),
    ({ found }) => {
      assert.equal(found, undefined);
      const saved = plain.save('p1', [created('ada')]);
      assert.deepEqual(saved, {
        appends: [append('plain/p1', [created('ada')], 0)],
        documents: [],
      });
      return { change: { ...saved, stamp: testStamp() }, value: 0 };
    },
  );
});
