// Does each of two replicas carry its own sagas, and take over what becomes its own?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { one, runUnit } from '../store/index.ts';
import { SILENT } from '../telemetry/index.ts';
import { bench, manualRuntime, testStamp } from '../testing/index.ts';
import { journey } from '../testing/trips.ts';
import { SAGA_COLLECTIONS, type SagaContext, sagaEngine, sagas } from './index.ts';

test('a replica carries the sagas that it owns, and others when it comes to own them', async () => {
  const runtime = manualRuntime();
  const base = bench({ runtime, collections: SAGA_COLLECTIONS });
  const owned: Record<string, string> = { even: 'a', odd: 'b' };
  const calls: string[] = [];
  const replica = (name: string) => {
    const context: SagaContext = {
      ...{ ...base, service: 'toys', logger: SILENT, stamp: () => testStamp(runtime.now()) },
      lower: ({ appends = [], documents = [] }, stamp) => ({ appends, documents, stamp }),
      async call({ key }) {
        calls.push(`${name} ${key}`);
        return { kind: 'result', value: {} };
      },
      local: async () => undefined,
      owns: (id) => owned[id] === name,
    };
    return sagaEngine([journey], context);
  };
  const [a, b] = [replica('a'), replica('b')];
  const start = (id: string) =>
    runUnit(
      base,
      () => ({}),
      () => ({
        change: a.lower(journey.start(id, { tripId: id }), testStamp(runtime.now())),
        value: undefined,
      }),
    );
  await Promise.all([start('even'), start('odd')]);
  await runtime.settle();
  assert.deepEqual(
    calls.map((call) => call.split('/', 2).join(' ')),
    Array(4).fill('a saga even'),
  );
  assert.equal((await base.store.load(one(sagas, 'even')))?.data.status, 'completed');
  calls.length = 0;
  await b.start();
  await runtime.settle();
  assert.ok(calls.length === 4 && calls.every((call) => call.startsWith('b saga/odd')));
  a.stop();
  b.stop();
  await base.store.close();
});
