// Is each item done once by one of many workers, whoever crashes, sleeps or fails to flush?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, command, contract, jsonSchema } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import {
  append,
  collection,
  every,
  one,
  put,
  type Stamp,
  type UnitOfWork,
} from '../store/index.ts';
import { SILENT } from '../telemetry/index.ts';
import {
  type Bench,
  bench,
  type ManualRuntime,
  manualRuntime,
  testStamp,
} from '../testing/index.ts';
import { seededRandom } from '../testing/manual-runtime.ts';
import {
  INBOX_COLLECTIONS,
  type Queue,
  queue,
  type Workers,
  type WorkItem,
  work,
  workers,
} from './index.ts';

interface Photo {
  readonly id: string;
}
const Photo = jsonSchema<Photo>({ type: 'object', required: ['id'] });
const media = contract('media', {
  version: 1,
  operations: {
    render: command('POST /renderings', { input: Photo, output: Photo, access: anyone() }),
  },
  events: {},
});
/** How often an item's answer took effect. */
const done = collection<{ readonly times: number }>('done');
const DEADLINE_MS = media.render.deadlineMs;

const thumbnails = (options: object = {}): Queue<any> =>
  queue('thumbnails', media.render, {
    ...options,
    replied: {
      load: ({ id }) => ({ row: one(done, id) }),
      decide: ({ id, loaded }) => ({
        documents: [put(done, id, { times: (loaded.row?.data.times ?? 0) + 1 })],
      }),
    },
  });

type Perform = (item: WorkItem, key: string) => Promise<unknown>;

interface Place {
  readonly runtime: ManualRuntime;
  readonly sender: Bench;
  /** Another process that takes from the queue. */
  hire(perform: Perform, options?: object): Promise<Workers>;
  send(by: Workers, ...ids: string[]): Promise<void>;
  results(): Promise<Readonly<Record<string, number>>>;
}

async function place(body: (it: Place) => Promise<void>): Promise<void> {
  const runtime = manualRuntime();
  const collections = [...INBOX_COLLECTIONS, work, done];
  const sender = bench({ runtime, service: 'photos', collections });
  const hired: Workers[] = [];
  const stamp = (): Stamp => testStamp(runtime.now());
  const lower = (unit: Omit<UnitOfWork, 'reply'>, by: Stamp) => ({
    ...{ appends: unit.appends ?? [], documents: unit.documents ?? [], stamp: by },
  });
  const context = { ...sender, service: 'photos', logger: SILENT, stamp, lower };
  const all = async <T>(from: any): Promise<readonly { id: string; data: T }[]> =>
    (await sender.store.load(every(from, { limit: 1_000 }))) as any;
  try {
    await body({
      ...{ runtime, sender },
      async hire(perform, options) {
        const made = workers(thumbnails(options), { ...context, perform });
        hired.push(made);
        await made.start();
        return made;
      },
      async send(by, ...ids) {
        const documents = ids.map((id) =>
          by.lower({ queue: 'thumbnails', id, input: { id } }, stamp()),
        );
        const appends = [append('sent', [])];
        const change = { appends, documents, stamp: stamp() };
        await sender.store.stage(change, sender.store.failures);
      },
      results: async () =>
        Object.fromEntries(
          (await all<{ times: number }>(done)).map((row) => [row.id, row.data.times]),
        ),
    });
  } finally {
    for (const one of hired) one.stop();
    await runtime.settle();
    await sender.store.close();
  }
}

/** What a worker with a memory of keys would do: each key has its effect once. */
function studio() {
  const effects = new Map<string, number>();
  const render: Perform = async ({ id }, key) => {
    if (!effects.has(key)) effects.set(key, 1);
    return { id };
  };
  return { effects, render };
}

test('one of several workers takes an item, and its answer has its effect once', () =>
  place(async (it) => {
    const calls: string[] = [];
    const perform =
      (who: string): Perform =>
      async ({ id }) => {
        calls.push(`${who} ${id}`);
        await it.runtime.sleep(100);
        return { id };
      };
    const [first] = [
      await it.hire(perform('a')),
      await it.hire(perform('b')),
      await it.hire(perform('c')),
    ];
    const ids = Array.from({ length: 60 }, (_, n) => `p${n}`);
    await it.send(first, ...ids);
    await it.runtime.advance(5_000);
    assert.deepEqual(await it.results(), Object.fromEntries(ids.map((id) => [id, 1])));
    assert.equal(calls.length, 60);
    const shares = ['a', 'b', 'c'].map(
      (who) => calls.filter((call) => call.startsWith(who)).length,
    );
    assert.ok(
      shares.every((share) => share >= 8),
      String(shares),
    );
  }));

test('no more items are at work than the concurrency says', () =>
  place(async (it) => {
    let now = 0;
    let most = 0;
    const worker = await it.hire(
      async ({ id }) => {
        now += 1;
        most = Math.max(most, now);
        await it.runtime.sleep(50);
        now -= 1;
        return { id };
      },
      { concurrency: 3 },
    );
    await it.send(worker, ...Array.from({ length: 20 }, (_, n) => `p${n}`));
    await it.runtime.advance(2_000);
    assert.equal(most, 3);
    assert.equal(Object.keys(await it.results()).length, 20);
  }));

test('what a crashed worker had taken is done by another when its time is over, not before', () =>
  place(async (it) => {
    const { effects, render } = studio();
    const crashed = await it.hire(() => new Promise(() => {}));
    await it.send(crashed, 'p1');
    await it.runtime.settle();
    crashed.stop();
    await it.hire(render);
    await it.runtime.advance(DEADLINE_MS);
    assert.deepEqual(await it.results(), {});
    await it.runtime.advance(11_000);
    assert.deepEqual(
      [await it.results(), [...effects.keys()]],
      [{ p1: 1 }, ['queue/thumbnails/p1']],
    );
  }));

test('a worker that answers after its time does not count a second time', () =>
  place(async (it) => {
    const sleepy: Perform = async ({ id }) => {
      await it.runtime.sleep(60_000);
      return { id };
    };
    const slow = await it.hire(sleepy, { concurrency: 1 });
    await it.send(slow, 'p1');
    await it.runtime.settle();
    await it.hire(studio().render);
    await it.runtime.advance(30_000);
    assert.deepEqual(await it.results(), { p1: 1 });
    await it.runtime.advance(120_000);
    assert.deepEqual(await it.results(), { p1: 1 });
  }));

test('what fails is tried again with growing pauses, then waits for a person; others go on', () =>
  place(async (it) => {
    const tries: number[] = [];
    const oven = { broken: true };
    const worker = await it.hire(async ({ id }) => {
      if (id === 'bad') tries.push(it.runtime.monotonic());
      if (id === 'bad' && oven.broken) throw new Error(`no pixel 17 in ${id}`);
      return { id };
    });
    await it.send(worker, 'bad', 'good');
    await it.runtime.advance(600_000);
    const pauses = tries.slice(1).map((at, n) => Math.round((at - tries[n]!) / 1_000));
    assert.deepEqual(pauses, [1, 2, 4, 8, 16, 32, 60]);
    assert.deepEqual([await it.results(), worker.waiting.messages], [{ good: 1 }, 1]);
    const [group] = await worker.deadLetters.groups();
    assert.deepEqual(
      [group?.subscription, group?.event, group?.messages, group?.parked, group?.keys],
      ['queue/thumbnails', 'thumbnails', 1, 1, ['bad']],
    );
    const who = { by: 'user:ada', why: 'mended' };
    const again = { fingerprint: group!.fingerprint };
    assert.equal((await worker.deadLetters.preview(again)).handlers[0]?.version, 1);
    await worker.deadLetters.replay(again, who);
    await it.runtime.advance(1_000);
    assert.deepEqual(
      [tries.length, worker.waiting.messages],
      [9, 1],
      'its attempts are counted on',
    );
    oven.broken = false;
    await worker.deadLetters.replay({ message: 'bad' }, who);
    await it.runtime.advance(1_000);
    assert.deepEqual([await it.results(), worker.waiting.messages], [{ good: 1, bad: 1 }, 0]);
  }));

test('an item that is given up is done by nobody', () =>
  place(async (it) => {
    const worker = await it.hire(
      async () => {
        throw new Error('no');
      },
      { retry: { attempts: 1 } },
    );
    await it.send(worker, 'p1');
    await it.runtime.advance(1_000);
    assert.equal(await worker.deadLetters.discard('p1', { by: 'user:ada', why: 'gone' }), true);
    assert.equal(await worker.deadLetters.discard('p1', { by: 'user:ada', why: 'gone' }), false);
    await it.runtime.advance(60_000);
    assert.deepEqual([await it.results(), worker.waiting.messages], [{}, 0]);
  }));

test('workers that are away park nothing, however long', () =>
  place(async (it) => {
    const away = { is: true };
    const worker = await it.hire(async ({ id }) => {
      if (away.is) throw new OffshootError('NO_HEALTHY_INSTANCE', 'no media here');
      return { id };
    });
    await it.send(worker, 'p1', 'p2');
    await it.runtime.advance(900_000);
    assert.deepEqual([await it.results(), worker.waiting.messages], [{}, 0]);
    away.is = false;
    await it.runtime.advance(61_000);
    assert.deepEqual(await it.results(), { p1: 1, p2: 1 });
  }));

test('a full queue refuses more, and takes them again when it has room', () =>
  place(async (it) => {
    const gate: { open?: () => void } = {};
    const opened = new Promise<void>((open) => {
      gate.open = open;
    });
    const worker = await it.hire(
      async ({ id }) => {
        await opened;
        return { id };
      },
      { itemsMax: 2 },
    );
    await it.send(worker, 'p1', 'p2');
    await assert.rejects(it.send(worker, 'p3'), { code: 'OVERLOADED' });
    gate.open?.();
    await it.runtime.settle();
    await it.send(worker, 'p3');
    await it.runtime.settle();
    assert.deepEqual(await it.results(), { p1: 1, p2: 1, p3: 1 });
  }));

test('a queue whose items others could take too early is not well-formed', () => {
  assert.throws(() => queue('x', media.render, { visibilityMs: DEADLINE_MS }), {
    code: 'BAD_DEFINITION',
  });
  assert.throws(() => queue('a b', media.render), { code: 'BAD_DEFINITION' });
});

test('PATTERNS 60: crashes, failing flushes, slow and failing workers: each item has its effect once', async () => {
  for (let seed = 1; seed <= 5; seed += 1)
    await place(async (it) => {
      const random = seededRandom(seed);
      const { effects, render } = studio();
      const perform: Perform = async (item, key) => {
        if (random() < 0.1) await it.runtime.sleep(40_000); // longer than its time
        if (random() < 0.2) await it.runtime.sleep(random() * 2_000);
        if (random() < 0.1) throw new OffshootError('UNAVAILABLE', 'gone before it began');
        const answer = await render(item, key);
        if (random() < 0.1) throw new OffshootError('DEADLINE_EXCEEDED', 'gone after it was done');
        if (random() < 0.05) throw new Error('a bug');
        return answer;
      };
      const hire = () => it.hire(perform, { concurrency: 4 });
      const crew = [await hire(), await hire(), await hire()];
      const ids: string[] = [];
      for (let n = 0; n < 80; n += 1) {
        if (random() < 0.3) it.sender.failNextFlush();
        const id = `p${n}`;
        const sent = await it.send(crew[n % 3]!, id).then(
          () => true,
          () => false, // this flush failed: it was never sent
        );
        if (sent) ids.push(id);
        await it.runtime.advance(random() * 300);
        if (random() < 0.1) {
          const at = Math.floor(random() * 3);
          crew[at]!.stop(); // what it has at hand is lost
          crew[at] = await hire();
        }
      }
      await it.runtime.advance(600_000);
      const expected = Object.fromEntries(ids.map((id) => [id, 1]));
      assert.deepEqual(sorted(await it.results()), sorted(expected), `seed ${seed}`);
      assert.ok(ids.length > 40 && ids.length < 80);
      assert.ok([...effects.values()].every((times) => times === 1));
      assert.deepEqual(await it.sender.store.load(every(work)), []);
    });
});

const sorted = (record: Readonly<Record<string, number>>) => Object.entries(record).sort();
