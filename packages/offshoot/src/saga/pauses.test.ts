// Do the numbers of a process say how many sagas wait for a person, and why they came to?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runUnit } from '../store/index.ts';
import { type Labels, type Metrics, SILENT } from '../telemetry/index.ts';
import { bench, manualRuntime, testStamp } from '../testing/index.ts';
import { journey, tripRows } from '../testing/trips.ts';
import { type Outcome, SAGA_COLLECTIONS, type SagaContext, sagaEngine } from './index.ts';

test('paused sagas are a gauge, and each pause counts with its code', async () => {
  const runtime = manualRuntime();
  const base = bench({ runtime, collections: [...SAGA_COLLECTIONS, tripRows] });
  const numbers: Record<string, number> = {};
  const name = (metric: string, labels: Labels = {}) =>
    [metric, ...Object.values(labels)].join(' ');
  const metrics: Metrics = {
    count: (metric, labels, by = 1) => {
      const at = name(metric, labels);
      numbers[at] = (numbers[at] ?? 0) + by;
    },
    gauge: (metric, value, labels) => {
      numbers[name(metric, labels)] = value;
    },
    observe: () => {},
  };
  const context: SagaContext = {
    ...{ ...base, metrics, service: 'toys', logger: SILENT },
    stamp: () => testStamp(runtime.now()),
    lower: ({ appends = [], documents = [] }, stamp) => ({ appends, documents, stamp }),
    call: async ({ key }): Promise<Outcome> =>
      key.endsWith('/confirm') ? { kind: 'refusal', code: 'NO' } : { kind: 'result', value: {} },
    local: async () => undefined,
  };
  const engine = sagaEngine([journey], context);
  await engine.start();
  const begin = async (id: string) => {
    const change = engine.lower(journey.start(id, { tripId: id }), testStamp(runtime.now()));
    await runUnit(
      base,
      () => ({}),
      () => ({ change, value: undefined }),
    );
  };
  await Promise.all([begin('a'), begin('b')]);
  await runtime.settle();
  assert.equal(numbers['offshoot_sagas_paused toys'], 2);
  assert.equal(numbers['offshoot_saga_pauses_total toys journey NO'], 2);
  await engine.skip('a', { by: 'user:ann', why: '' }, { ref: 'x' });
  assert.equal(numbers['offshoot_sagas_paused toys'], 1);
  const again = sagaEngine([journey], context);
  await again.start();
  assert.equal(numbers['offshoot_sagas_paused toys'], 1, 'a restart counts them');
  for (const one of [engine, again]) one.stop();
  await base.store.close();
});
