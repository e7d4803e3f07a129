// Is each unit done once, and nothing stale, when the file is another process's and the way to it fails?
import assert from 'node:assert/strict';
import { andThen, append, map, one, put, runUnit, START, type Store } from '../../store/index.ts';
import type { Check } from '../check.ts';
import type {
  OpenedStore,
  OpenStore,
  StorePart,
  WireFault,
  WriterUnderTest,
} from '../store-under-test.ts';
import { change, isConflict, load, made, on, stage, toys } from './toys.ts';

type Opened = OpenedStore & { readonly writer: WriterUnderTest };

const check = (name: string, open: OpenStore, body: (it: Opened) => Promise<void>): Check => ({
  name,
  run: on(open, (opened) => body(opened as Opened)),
});

const keys = async (store: Store) =>
  (await store.readLog(START, 1_000)).entries.map(({ key }) => key);

/** Names no version: done twice it would be there twice. */
const blind = (key: string) => change([append(`toy/${key}`, [made(key)])]);

const toy = (size: number) => ({ colour: 'red', size });

/** One unit, run as often as it says CONFLICT. */
const write = (context: OpenedStore, key: string) =>
  runUnit(
    context,
    () => ({}),
    () => ({ change: blind(key), value: 0 }),
  );

const FAULTS: readonly (readonly [WireFault, string])[] = [
  ['lost-request', 'did not arrive'],
  ['lost-answer', 'was done and not answered'],
  ['late', 'arrives a second time behind the next one'],
  ['dies-before', 'met a dead writer'],
  ['dies-staged', 'was staged when the writer died'],
  ['dies-after', 'was durable, and not answered, when the writer died'],
];

async function once({ store, writer, ...context }: Opened, fault: WireFault): Promise<void> {
  await write({ ...context, store }, 'before');
  writer.next(fault);
  await write({ ...context, store }, 'a');
  assert.deepEqual(await keys(writer.store), ['before', 'a'], 'durable when told');
  for (const key of ['b', 'c']) await write({ ...context, store }, key);
  assert.deepEqual(await keys(store), ['before', 'a', 'b', 'c']);
}

/** Hundreds of units of many senders over a way that fails again and again. */
async function storm(context: Opened): Promise<void> {
  const { writer } = context;
  const sent: string[] = [];
  const add = async (sender: number): Promise<void> => {
    for (let step = 0; step < 12; step += 1) {
      const [fault] = FAULTS[(sender + step) % FAULTS.length]!;
      if (step % 3 === 1) writer.next(fault);
      const key = `${sender}.${step}`;
      await runUnit(
        context,
        () => ({ found: one(toys, 'all') }),
        ({ found }) => ({
          change: change(
            [append('toy/all', [made(key)])],
            [put(toys, 'all', toy((found?.data.size ?? 0) + 1))],
          ),
          value: 0,
        }),
      );
      sent.push(key);
    }
  };
  await Promise.all([0, 1, 2, 3, 4, 5].map(add));
  assert.deepEqual((await keys(context.store)).sort(), sent.sort());
  assert.equal((await load(context.store, one(toys, 'all')))?.data.size, sent.length);
}

const always = (open: OpenStore): Check[] => [
  ...FAULTS.map(([fault, what]) =>
    check(`a unit that ${what} is stored once`, open, (it) => once(it, fault)),
  ),
  check('through hundreds of lost, late and killed requests each unit is stored once', open, storm),
  check(
    'who read before the writer was another one conflicts, as after a failed flush',
    open,
    async (it) => {
      const { store, writer } = it;
      await stage(store, blind('a'));
      const basis = store.failures;
      await load(store, one(toys, 'a'));
      writer.restart();
      await assert.rejects(async () => store.stage(blind('b'), basis), isConflict);
      assert.notEqual(store.failures, basis, 'and who asks how often something was lost is told');
      await stage(store, blind('b'));
      assert.deepEqual(await keys(store), ['a', 'b']);
    },
  ),
  check(
    'what another process changed since a unit read it is a conflict, and it runs again',
    open,
    async (it) => {
      let runs = 0;
      await runUnit(
        it,
        () => ({ found: one(toys, 'a') }),
        ({ found }) => {
          runs += 1;
          if (runs === 1) void stage(it.writer.store, change([], [put(toys, 'a', toy(100))]));
          return {
            change: change([], [put(toys, 'a', toy((found?.data.size ?? 0) + 1))]),
            value: 0,
          };
        },
      );
      assert.deepEqual([runs, (await load(it.store, one(toys, 'a')))?.data.size], [2, 101]);
    },
  ),
  check('what is read on what was read first is of the same moment', open, async (it) => {
    const both = (size: number) =>
      change([], [put(toys, 'a', toy(size)), put(toys, 'b', toy(size))]);
    await stage(it.writer.store, both(1));
    let runs = 0;
    const sizes = await load(
      it.store,
      andThen(one(toys, 'a'), (a) => {
        runs += 1;
        if (runs === 1) void stage(it.writer.store, both(2));
        return map(one(toys, 'b'), (b) => [a?.data.size, b?.data.size]);
      }),
    );
    assert.deepEqual([runs, sizes], [2, [2, 2]]);
  }),
  check(
    'who listens hears what another process wrote, also after the writer was another one',
    open,
    async (it) => {
      const { store, writer, runtime } = it;
      for (const key of ['a', 'b']) {
        const ending = new AbortController();
        const heard = new Promise<void>((resolve) => {
          const leave = store.onDurable(() => {
            leave();
            resolve();
          });
        });
        void stage(writer.store, blind(key));
        const late = runtime.sleep(5_000, ending.signal).then(() => assert.fail('nobody was told'));
        await Promise.race([heard, late]);
        ending.abort();
        late.catch(() => {});
        assert.equal((await keys(store)).at(-1), key);
        writer.restart();
      }
    },
  ),
];

export const storeProcesses: StorePart = (open, features) =>
  features.processes ? always(open) : [];
