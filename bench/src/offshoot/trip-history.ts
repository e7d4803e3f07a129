// How does a store of trips get a past: sagas that ended, or that a crash left open?
import { SAGA_ENTRIES, type SagaRecord, sagaStream, sagas } from 'offshoot/saga';
import { append, type Change, privateEvent, put } from 'offshoot/store';
import { hotelService, trips, tripsService } from '../saga/trip.ts';
import { oneProcess } from './one-process.ts';

/** Log entries of a saga that ended: what the engine itself writes of one. */
export const ENTRIES_A_SAGA = 5;
const UNITS_A_FLUSH = 500;

export interface Past {
  readonly sagas: number;
  /** `open`: each stands before its last step. */
  readonly state: 'ended' | 'open';
}

/** Writes the past through the store, many units to a flush, and closes it. */
export async function writePast(folder: string, past: Past): Promise<void> {
  const system = await oneProcess([tripsService, hotelService], folder);
  const store = system.store('trips');
  for (let done = 0; done < past.sagas; done += UNITS_A_FLUSH) {
    const units = Math.min(UNITS_A_FLUSH, past.sagas - done);
    const flushed = Array.from({ length: units }, () =>
      store.stage(trip(system.runtime.id(), past.state), store.failures),
    );
    await Promise.all(flushed);
  }
  await system.close();
}

function trip(id: string, state: Past['state']): Change {
  const at = Date.now();
  const isOpen = state === 'open';
  const stamp = { at, actor: 'service:trips', tenant: '', correlation: id };
  const step = (name: string) =>
    privateEvent(
      SAGA_ENTRIES.step,
      {
        ...{ saga: 'journey', definitionVersion: 1, direction: 'forward', attempts: 1 },
        ...{ outcome: { kind: 'result' }, status: 'running', step: name },
        key: `saga/${id}/${name}`,
      },
      id,
    );
  const began = privateEvent(SAGA_ENTRIES.started, { saga: 'journey', definitionVersion: 1 }, id);
  const steps = [began, step('plan'), step('book'), ...(isOpen ? [] : [step('confirm')])];
  const end = append(`trip/${id}`, [trips.events.ended({ tripId: id })]);
  const journal = append(sagaStream(id), steps, 0);
  return {
    appends: isOpen ? [journal] : [journal, end],
    documents: [put(sagas, id, recordOf(id, at, isOpen), 0)],
    stamp: { ...stamp, causation: id, traceparent: '' },
  };
}

function recordOf(id: string, at: number, isOpen: boolean): SagaRecord {
  const done = { done: true };
  return {
    ...{ saga: 'journey', version: 1, status: isOpen ? 'running' : 'completed' },
    ...{ index: isOpen ? 2 : 3, attempts: 0, input: { tripId: id }, reason: '', due: 0, since: at },
    results: { plan: done, book: done, ...(isOpen ? {} : { confirm: done }) },
    ...{ startedAt: at, deadline: at + 600_000, correlation: id, traceparent: '' },
  };
}
