// Does the process that holds a store fire the timers that another process has set and left?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collection, one, put } from '../store/index.ts';
import { SILENT } from '../telemetry/index.ts';
import { bench, manualRuntime, testStamp } from '../testing/index.ts';
import { onTimer, timerEngine, timers } from './timers.ts';

const eggs = collection<{ readonly rings: number }>('eggs');

test('a timer set by a process that is gone is fired by the one with the file', async () => {
  const runtime = manualRuntime();
  const base = bench({ runtime, collections: [eggs, timers] });
  const done = onTimer('done', {
    load: ({ id }) => ({ egg: one(eggs, id) }),
    decide: ({ id, loaded }) => ({
      documents: [put(eggs, id, { rings: (loaded.egg?.data.rings ?? 0) + 1 })],
    }),
  });
  const engine = () =>
    timerEngine([done], {
      ...{ ...base, service: 'kitchen', logger: SILENT, sharing: 'holder' },
      stamp: () => testStamp(runtime.now()),
      lower: ({ documents = [] }, stamp) => ({ appends: [], documents, stamp }),
      reach: () => assert.fail('it asks nobody'),
    });
  const holder = engine();
  holder.start();
  await runtime.advance(10_000); // it has looked, and there was nothing
  const stamp = testStamp(runtime.now());
  const due = runtime.now() + 3_000;
  const documents = [engine().lower({ name: 'done', id: 'egg', due }, stamp)];
  await base.store.stage({ appends: [], documents, stamp }, base.store.failures);
  await runtime.advance(2_500);
  assert.equal(await base.store.load(one(eggs, 'egg')), undefined);
  await runtime.advance(2_000);
  assert.equal((await base.store.load(one(eggs, 'egg')))?.data.rings, 1);
  holder.stop();
  await base.store.close();
});
