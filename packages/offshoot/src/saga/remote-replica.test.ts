// Is a saga carried at once by a replica on the store of another process, whoever else writes meanwhile?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, leases, one, privateEvent, runUnit } from '../store/index.ts';
import { httpWire, REMOTE_COLLECTIONS, remoteStore, storeDoor } from '../store/remote/index.ts';
import { SILENT } from '../telemetry/index.ts';
import { bench, manualRuntime, testStamp } from '../testing/index.ts';
import { journey, tripRows } from '../testing/trips.ts';
import { leasedOwnership, SAGA_COLLECTIONS, type SagaContext, sagaEngine, sagas } from './index.ts';

test('a saga begins at once, also when a flush of another process is heard while its start is on its way', async () => {
  const runtime = manualRuntime();
  const collections = [...SAGA_COLLECTIONS, tripRows, leases, ...REMOTE_COLLECTIONS];
  const holder = bench({ runtime, collections });
  const door = storeDoor({ runtime, stores: new Map([['toys', holder.store]]), token: '' });
  const noise = () =>
    holder.store.stage(
      { appends: [append('noise', [privateEvent('n', {})])], documents: [], stamp: testStamp() },
      holder.store.failures,
    );
  let noises = 0;
  const request: typeof runtime.request = async ({ url, headers = {}, body = '', signal }) => {
    if (body.includes('"saga.started"')) {
      await noise(); // and the replica hears of it before its own unit has arrived
      noises += 1;
      for (let turns = 0; turns < 20; turns += 1)
        await new Promise<void>((resolve) => runtime.endOfTurn(resolve));
    }
    const reply = await door.handle({
      ...{ method: 'POST', target: new URL(url).pathname, headers, body: Buffer.from(body) },
      ...{ remoteAddress: '', signal: signal ?? new AbortController().signal },
    });
    return { status: reply.status, headers: {}, body: String(reply.body) };
  };
  const place = () => ({ url: 'http://127.0.0.1:1', token: '' });
  const wire = httpWire({ runtime: { ...runtime, request }, service: 'toys', place });
  const store = await remoteStore({ runtime, service: 'toys', wire });
  const around = { ...holder, store, logger: SILENT };
  const ownership = leasedOwnership(around, {
    holder: 'second',
    definitions: [journey],
    shards: 2,
  });
  const context: SagaContext = {
    ...{ ...around, service: 'toys', ownership, stamp: () => testStamp(runtime.now()) },
    lower: ({ appends = [], documents = [] }, stamp) => ({ appends, documents, stamp }),
    call: async () => ({ kind: 'result', value: {} }),
    local: async () => undefined,
  };
  const engine = sagaEngine([journey], context);
  const started = ownership.start(() => void engine.pickUp(), engine.wake);
  await runtime.settle();
  await started;
  const running = engine.start();
  await runtime.settle();
  await running;
  const begun = runUnit(
    around,
    () => ({}),
    () => ({
      change: engine.lower(journey.start('t', { tripId: 't' }), testStamp(runtime.now())),
      value: 0,
    }),
  );
  await runtime.settle();
  await begun;
  await runtime.settle(); // no time goes by
  assert.equal(noises, 1);
  assert.equal((await holder.store.load(one(sagas, 't')))?.data.status, 'completed');
  engine.stop();
  const stopped = ownership.stop();
  await runtime.settle();
  await stopped;
  const closed = store.close();
  await runtime.settle();
  await closed;
  door.close();
  await holder.store.close();
});
