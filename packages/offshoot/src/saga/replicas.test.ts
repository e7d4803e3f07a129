// Does each of several replicas carry its own sagas, and take over what becomes its own?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Runtime } from '../runtime/index.ts';
import { leases, one, runUnit, START } from '../store/index.ts';
import { SILENT } from '../telemetry/index.ts';
import { bench, manualRuntime, testStamp } from '../testing/index.ts';
import { journey, tripRows } from '../testing/trips.ts';
import {
  leasedOwnership,
  type Outcome,
  SAGA_COLLECTIONS,
  type SagaContext,
  type SagaDefinition,
  type StepCall,
  sagaEngine,
  sagas,
} from './index.ts';

const TERM_MS = 3_000;
const TRIP = { saga: 'journey', version: 1 };

/** Replicas of one service on one store; `call` answers their steps. */
function stage(call: (replica: string, step: StepCall) => Promise<Outcome>) {
  const runtime = manualRuntime();
  const base = {
    ...bench({ runtime, collections: [...SAGA_COLLECTIONS, tripRows, leases] }),
    logger: SILENT,
  };
  const replica = async (
    name: string,
    own: Runtime = runtime,
    definitions: readonly SagaDefinition[] = [journey],
  ) => {
    const around = { ...base, runtime: own };
    const options = { holder: name, definitions, shards: 8, termMs: TERM_MS };
    const ownership = leasedOwnership(around, options);
    const context: SagaContext = {
      ...{ ...around, service: 'toys', ownership, stamp: () => testStamp(runtime.now()) },
      lower: ({ appends = [], documents = [] }, stamp) => ({ appends, documents, stamp }),
      call: (step) => call(name, step),
      local: async () => undefined,
    };
    const engine = sagaEngine(definitions, context);
    await ownership.start(() => void engine.pickUp(), engine.wake);
    await engine.start();
    return { ownership, engine };
  };
  const begin = (by: Awaited<ReturnType<typeof replica>>, id: string, definition = journey) =>
    runUnit(
      base,
      () => ({}),
      () => ({
        change: by.engine.lower(definition.start(id, { tripId: id }), testStamp(runtime.now())),
        value: undefined,
      }),
    );
  const status = async (id: string) => (await base.store.load(one(sagas, id)))?.data.status;
  const pause = async (id: string) => (await base.store.load(one(sagas, id)))?.data.pause?.code;
  return { runtime, base, replica, begin, status, pause };
}

const IDS = Array.from({ length: 40 }, (_, at) => `trip-${at}`);
const done: Outcome = { kind: 'result', value: {} };

test('replicas share the sagas; one that comes gets its part, one that goes hands its own over', async () => {
  const carried = new Map<string, Set<string>>();
  const { runtime, replica, begin, status } = stage(async (name, { causation }) => {
    carried.set(name, (carried.get(name) ?? new Set()).add(causation));
    return done;
  });
  const a = await replica('a');
  assert.equal(a.ownership.held, 8, 'alone it has all');
  const b = await replica('b');
  await runtime.advance(TERM_MS);
  assert.deepEqual([a.ownership.held, b.ownership.held], [4, 4]);
  for (const id of IDS) assert.notEqual(a.ownership.owns(id, TRIP), b.ownership.owns(id, TRIP), id);
  await Promise.all(IDS.map((id) => begin(a, id)));
  await runtime.advance(TERM_MS);
  for (const id of IDS) assert.equal(await status(id), 'completed');
  const [byA, byB] = [carried.get('a')!, carried.get('b')!];
  assert.equal(byA.size + byB.size, IDS.length, 'none was carried by both');
  assert.ok(byA.size > 5 && byB.size > 5);
  a.engine.stop();
  await a.ownership.stop();
  await runtime.advance(TERM_MS);
  assert.equal(b.ownership.held, 8);
  await begin(b, 'late');
  await runtime.settle();
  assert.equal(await status('late'), 'completed');
  b.engine.stop();
  await b.ownership.stop();
});

test('a saga that another replica has accepted begins at once, not with the next look', async () => {
  const { runtime, replica, begin, status } = stage(async () => done);
  const a = await replica('a');
  const b = await replica('b');
  await runtime.advance(TERM_MS);
  const ofB = IDS.find((id) => b.ownership.owns(id, TRIP))!;
  await begin(a, ofB);
  await runtime.settle(); // no time goes by
  assert.equal(await status(ofB), 'completed');
  for (const { engine, ownership } of [a, b]) {
    engine.stop();
    await ownership.stop();
  }
});

test('a replica that slept too long is fenced off, and the saga goes on with another', async () => {
  const answers = new Map<string, (outcome: Outcome) => void>();
  const { runtime, base, replica, begin, status } = stage((name, { key }) => {
    if (key !== 'saga/trip/room') return Promise.resolve(done);
    return new Promise((resolve) => void answers.set(name, resolve));
  });
  // Its own clock stands still: it renews nothing, and does not know that its time is over.
  const asleep: Runtime = { ...runtime, monotonic: () => 0, sleep: () => new Promise(() => {}) };
  const a = await replica('a', asleep);
  await begin(a, 'trip');
  await runtime.advance(TERM_MS);
  const b = await replica('b');
  await runtime.settle();
  assert.deepEqual([a.ownership.owns('trip', TRIP), b.ownership.owns('trip', TRIP)], [true, true]);
  assert.deepEqual([...answers.keys()], ['a', 'b'], 'the step was sent again, with its key');
  const entries = async () => (await base.store.readLog(START, 100)).entries.length;
  const before = await entries();
  answers.get('a')!(done);
  await runtime.settle();
  assert.deepEqual([await entries(), await status('trip')], [before, 'running']);
  answers.get('b')!(done);
  await runtime.settle();
  assert.equal(await status('trip'), 'completed');
  b.engine.stop();
  await b.ownership.stop();
});

/** What the next release knows: the version that runs, and a new one. */
const BOTH = [journey, { ...journey, version: 2, start: startOf(2) }] as const;
const [, grown] = BOTH;

function startOf(version: number): typeof journey.start {
  return (id, input) => ({ saga: 'journey', version, id, input });
}

test('of two releases on one store each carries the versions it knows; the new one is left to the newer', async () => {
  const carried = new Map<string, string[]>();
  const { runtime, replica, begin, status } = stage(async (name, { causation }) => {
    carried.set(name, [...(carried.get(name) ?? []), causation]);
    return done;
  });
  const old = await replica('old');
  const next = await replica('next', runtime, BOTH);
  await runtime.advance(TERM_MS);
  assert.deepEqual([old.ownership.held, next.ownership.held], [4, 4 + 8]);
  await Promise.all(IDS.map((id, at) => begin(next, id, at % 2 ? grown : journey)));
  await runtime.settle();
  for (const id of IDS) assert.equal(await status(id), 'completed', id);
  const ofOld = new Set(carried.get('old'));
  assert.ok(ofOld.size > 2);
  assert.ok([...ofOld].every((id) => IDS.indexOf(id) % 2 === 0));
  for (const { engine, ownership } of [old, next]) {
    engine.stop();
    await ownership.stop();
  }
});

test('rolled back everywhere, sagas of the newer release wait and say why; it comes again and they go on', async () => {
  let isAway = true;
  const { runtime, replica, begin, status, pause } = stage(async () =>
    isAway ? { kind: 'unknown', code: 'UNAVAILABLE' } : done,
  );
  const old = await replica('old');
  const next = await replica('next', runtime, BOTH);
  await runtime.advance(TERM_MS);
  await begin(next, 'trip', grown);
  await runtime.advance(TERM_MS);
  assert.equal(await status('trip'), 'running', 'the older release left it alone');
  next.engine.stop();
  await next.ownership.stop();
  isAway = false;
  await runtime.advance(TERM_MS);
  assert.deepEqual([await status('trip'), await pause('trip')], ['paused', 'VERSION_UNKNOWN']);
  const again = await replica('again', runtime, BOTH);
  await runtime.advance(TERM_MS);
  assert.equal(await status('trip'), 'completed');
  for (const { engine, ownership } of [old, again]) {
    engine.stop();
    await ownership.stop();
  }
});
