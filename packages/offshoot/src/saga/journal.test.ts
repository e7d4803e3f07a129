import { test } from 'node:test';
import { OffshootError } from '../error/index.ts';
import { one, START } from '../store/index.ts';
import { golden, system } from '../testing/index.ts';
import { TRIP_SERVICES, trips } from '../testing/trips.ts';
import { sagas } from './index.ts';

test('the journal of a saga and its record are pinned', async () => {
  const it = await system(TRIP_SERVICES);
  let failures = 1;
  it.way(async (call, next) => {
    if (call.service === 'flights') return { kind: 'refusal', code: 'NO', data: null };
    if (call.service !== 'rooms' || failures === 0) return next(call);
    failures -= 1;
    return { kind: 'error', error: new OffshootError('UNAVAILABLE', 'm').toJSON() };
  });
  await it.invoke(trips.plan, { tripId: 't1' });
  await it.runtime.advance(1_000);
  const { entries } = await it.store('trips').readLog(START, 100);
  const journal = entries
    .filter(({ stream }) => stream === 'saga/t1')
    .map(({ stream, type, key, data }) => ({ stream, type, key, data }));
  const record = await it.store('trips').load(one(sagas, 't1'));
  golden(import.meta.url, 'journal', { journal, record: record?.data });
  await it.close();
});
