// Does a replica that could not renew its leases for a while carry its sagas again afterwards?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffshootError } from '../error/index.ts';
import type { Store } from '../store/index.ts';
import { leases, one, runUnit } from '../store/index.ts';
import { SILENT } from '../telemetry/index.ts';
import { bench, manualRuntime, testStamp } from '../testing/index.ts';
import { journey, tripRows } from '../testing/trips.ts';
import { leasedOwnership, SAGA_COLLECTIONS, type SagaContext, sagaEngine, sagas } from './index.ts';

const TERM_MS = 3_000;

test('sagas that came due while the store was away go on when it is back, though nobody else took them', async () => {
  const runtime = manualRuntime();
  const made = bench({ runtime, collections: [...SAGA_COLLECTIONS, tripRows, leases] });
  let isAway = false;
  const away = () => new OffshootError('UNAVAILABLE', 'the store is away');
  const store: Store = {
    ...made.store,
    get failures() {
      return made.store.failures;
    },
    load(need) {
      if (isAway) throw away();
      return made.store.load(need);
    },
    stage(change, basis) {
      if (isAway) throw away();
      return made.store.stage(change, basis);
    },
  };
  const base = { ...made, store, logger: SILENT };
  const ownership = leasedOwnership(base, {
    holder: 'alone',
    definitions: [journey],
    shards: 4,
    termMs: TERM_MS,
  });
  const context: SagaContext = {
    ...{ ...base, service: 'toys', ownership, stamp: () => testStamp(runtime.now()) },
    lower: ({ appends = [], documents = [] }, stamp) => ({ appends, documents, stamp }),
    call: async () =>
      isAway ? { kind: 'unknown', code: 'UNAVAILABLE' } : { kind: 'result', value: {} },
    local: async () => undefined,
  };
  const engine = sagaEngine([journey], context);
  await ownership.start(() => void engine.pickUp());
  await engine.start();
  const ids = Array.from({ length: 8 }, (_, at) => `trip-${at}`);
  for (const id of ids)
    await runUnit(
      base,
      () => ({}),
      () => ({
        change: engine.lower(journey.start(id, { tripId: id }), testStamp(runtime.now())),
        value: undefined,
      }),
    );
  isAway = true; // before any of them has taken a step
  await runtime.advance(TERM_MS * 3);
  for (const id of ids) assert.equal(ownership.owns(id, { saga: 'journey', version: 1 }), false);
  isAway = false;
  await runtime.advance(TERM_MS * 3);
  for (const id of ids)
    assert.equal((await made.store.load(one(sagas, id)))?.data.status, 'completed', id);
  engine.stop();
  await ownership.stop();
});
