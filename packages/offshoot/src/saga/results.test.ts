import assert from 'node:assert/strict';
import { test } from 'node:test';
import { command, contract, jsonSchema } from '../contract/index.ts';
import { runUnit } from '../store/index.ts';
import { SILENT } from '../telemetry/index.ts';
import { bench, manualRuntime, testStamp } from '../testing/index.ts';
import { SAGA_COLLECTIONS, type SagaContext, saga, sagaEngine } from './index.ts';

const Any = jsonSchema<any>({ type: 'object' });
const clock = contract('clock', {
  version: 1,
  operations: {
    wind: command('POST /winds', { input: Any, output: Any }),
    stop: command('POST /stops', { input: Any, output: Any }),
  },
  events: {},
});

test('a step sees results as the store has them, with or without a crash in between', async () => {
  const runtime = manualRuntime();
  const base = bench({ runtime, collections: SAGA_COLLECTIONS });
  const seen: unknown[] = [];
  const winding = saga('winding', { version: 1, input: Any })
    .pivot('wind', clock.wind, { input: () => ({}) })
    .step('stop', clock.stop, { input: ({ results }) => ({ _: seen.push(results.wind) }) })
    .end();
  const answer = { at: new Date(0), left: undefined };
  const context: SagaContext = {
    ...{ ...base, service: 'toys', logger: SILENT, stamp: () => testStamp(runtime.now()) },
    lower: ({ appends = [], documents = [] }, stamp) => ({ appends, documents, stamp }),
    call: async () => ({ kind: 'result', value: answer }),
    local: async () => undefined,
  };
  const engine = sagaEngine([winding], context);
  const change = engine.lower(winding.start('w', {}), testStamp(runtime.now()));
  await runUnit(
    base,
    () => ({}),
    () => ({ change, value: undefined }),
  );
  await runtime.settle();
  assert.deepEqual(seen, [{ at: '1970-01-01T00:00:00.000Z' }]);
  engine.stop();
  await base.store.close();
});
