// What does a saga look like when it starts?
import { type Change, put, type SagaStart, type Stamp } from '../store/index.ts';
import type { SagaDefinition } from './definition.ts';
import { journalStart, type SagaRecord, sagas } from './journal.ts';

/** The start as a change: it conflicts when there is a saga of this id. */
export function startOf(
  start: SagaStart,
  definition: SagaDefinition,
  stamp: Stamp,
  parent?: SagaRecord['parent'],
): Change {
  const record: SagaRecord = {
    saga: start.saga,
    version: start.version,
    status: 'running',
    index: 0,
    attempts: 0,
    input: start.input,
    results: {},
    reason: '',
    startedAt: stamp.at,
    deadline: stamp.at + definition.deadlineMs,
    due: 0,
    since: stamp.at,
    ...(parent ? { parent } : {}),
    correlation: stamp.correlation,
    traceparent: stamp.traceparent,
  };
  return {
    appends: [journalStart(start.id, record)],
    documents: [put(sagas, start.id, record, 0)],
    stamp,
  };
}
