import assert from 'node:assert/strict';
import { test } from 'node:test';
import { journey } from '../testing/trips.ts';
import {
  ATTEMPTS_MAX,
  afterDeadline,
  afterOutcome,
  backoffMs,
  type Outcome,
  type SagaRecord,
  type SagaStatus,
} from './index.ts';

// room, flight (both can be undone), charge (the pivot, index 2), confirm
const NOW = 5_000;
const LATE = 70_000;

const at = (index: number, attempts = 0, status: SagaStatus = 'running'): SagaRecord => ({
  ...{ saga: 'journey', version: 1, status, index, attempts, input: {}, results: {} },
  ...{ reason: status === 'running' ? '' : 'NO', startedAt: 0, deadline: 60_000, due: 0 },
  ...{ correlation: 'c', traceparent: '' },
});

const result: Outcome = { kind: 'result', value: 7 };
const refusal: Outcome = { kind: 'refusal', code: 'NO' };
const unknown: Outcome = { kind: 'unknown', code: 'UNAVAILABLE' };
const last = ATTEMPTS_MAX - 1;

type Row = [
  what: string,
  from: SagaRecord,
  outcome: Outcome,
  now: number,
  status: SagaStatus,
  index: number,
  attempts: number,
  reason: string,
];

const ROWS: readonly Row[] = [
  ['a result moves on', at(0, 3), result, NOW, 'running', 1, 0, ''],
  ['a result after the deadline counts all the same', at(1), result, LATE, 'running', 2, 0, ''],
  ['the result of the last step completes', at(3, 9), result, LATE, 'completed', 4, 0, ''],
  [
    'a refusal of the first step has nothing to undo',
    at(0),
    refusal,
    NOW,
    'compensated',
    -1,
    0,
    'NO',
  ],
  ['a refusal undoes from the step before', at(1, 4), refusal, NOW, 'compensating', 0, 0, 'NO'],
  [
    'a refusal of the pivot undoes what is before it',
    at(2),
    refusal,
    NOW,
    'compensating',
    1,
    0,
    'NO',
  ],
  [
    'a refusal of the pivot after the deadline too',
    at(2, 9),
    refusal,
    LATE,
    'compensating',
    1,
    0,
    'NO',
  ],
  ['a refusal after the pivot pauses', at(3), refusal, NOW, 'paused', 3, 0, 'NO'],
  ['an unknown outcome is tried again', at(1), unknown, NOW, 'running', 1, 1, ''],
  [
    'unknown at the deadline undoes this step too',
    at(1, 2),
    unknown,
    LATE,
    'compensating',
    1,
    0,
    'UNAVAILABLE',
  ],
  [
    'unknown for the 70th time undoes this step too',
    at(0, last),
    unknown,
    NOW,
    'compensating',
    0,
    0,
    'UNAVAILABLE',
  ],
  [
    'the pivot unknown after the deadline is tried again',
    at(2, 1),
    unknown,
    LATE,
    'running',
    2,
    2,
    '',
  ],
  [
    'the pivot unknown for the 70th time pauses',
    at(2, last),
    unknown,
    LATE,
    'paused',
    2,
    70,
    'UNAVAILABLE',
  ],
  ['unknown after the pivot is tried again', at(3, 1), unknown, LATE, 'running', 3, 2, ''],
  [
    'unknown after the pivot for the 70th time pauses',
    at(3, last),
    unknown,
    LATE,
    'paused',
    3,
    70,
    'UNAVAILABLE',
  ],
  [
    'an undone step leads to the one before',
    at(1, 2, 'compensating'),
    result,
    NOW,
    'compensating',
    0,
    0,
    'NO',
  ],
  [
    'the last undone step ends it',
    at(0, 2, 'compensating'),
    result,
    LATE,
    'compensated',
    -1,
    0,
    'NO',
  ],
  [
    'an unknown compensation is tried again',
    at(1, 2, 'compensating'),
    unknown,
    LATE,
    'compensating',
    1,
    3,
    'NO',
  ],
  [
    'a refused compensation is tried again',
    at(1, 0, 'compensating'),
    refusal,
    NOW,
    'compensating',
    1,
    1,
    'NO',
  ],
  [
    'a compensation unknown for the 70th time pauses',
    at(1, last, 'compensating'),
    unknown,
    NOW,
    'paused',
    1,
    70,
    'NO',
  ],
];

for (const [what, from, outcome, now, status, index, attempts, reason] of ROWS)
  test(what, () => {
    const before = structuredClone(from);
    const next = afterOutcome(journey, from, outcome, now);
    assert.deepEqual(
      [next.status, next.index, next.attempts, next.reason],
      [status, index, attempts, reason],
    );
    assert.deepEqual(from, before, 'the record that was given is not changed');
  });

test('a result is remembered under the name of its step, beside the others', () => {
  const record = { ...at(1), results: { room: 1 } };
  assert.deepEqual(afterOutcome(journey, record, result, NOW).results, { room: 1, flight: 7 });
});

test('at the deadline the current step is undone as well, attempted or not', () => {
  for (const attempts of [0, 1]) {
    const next = afterDeadline(journey, at(1, attempts), LATE);
    assert.deepEqual(
      [next.status, next.index, next.reason],
      ['compensating', 1, 'DEADLINE_EXCEEDED'],
    );
  }
});

test('the next attempt waits 50 ms, twice as long each time, up to a minute', () => {
  const waits = [1, 2, 3, 11, 12, 69].map(backoffMs);
  assert.deepEqual(waits, [50, 100, 200, 51_200, 60_000, 60_000]);
  assert.equal(afterOutcome(journey, at(1, 2), unknown, NOW).due, NOW + 200);
});
