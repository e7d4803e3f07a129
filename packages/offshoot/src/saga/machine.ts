// Where does a saga stand after an outcome? A pure function: no clock, no store, no calls.
import type { SagaDefinition } from './definition.ts';
import type { Outcome, SagaRecord, Waits } from './journal.ts';

export const ATTEMPTS_MAX = 70;
const BACKOFF_MS_MIN = 50;
const BACKOFF_MS_MAX = 60_000;
const HOUR_MS = 3_600_000;

/** How long a service remembers what it answered to a saga's step: 90 days, in milliseconds. */
export const STEP_MEMORY_MS = 90 * 24 * HOUR_MS;
/** For attempts on their way and clocks that differ. */
const MEMORY_MARGIN_MS = HOUR_MS;

/** 50 ms doubling up to 60 s. */
export function backoffMs(attempts: number): number {
  return Math.min(BACKOFF_MS_MIN * 2 ** Math.min(attempts - 1, 20), BACKOFF_MS_MAX);
}

/** Going on, not back: carried, or waiting for something. */
export const isForward = ({ status }: SagaRecord) => status === 'running' || status === 'waiting';

/** The record at another place: what was about the place before stays behind. */
function elsewhere(record: SagaRecord, changes: Partial<SagaRecord>): SagaRecord {
  const { waits, pause, resumedAt } = record;
  const next = { ...record, attempts: 0, due: 0, ...changes };
  if (waits === undefined && pause === undefined && resumedAt === undefined) return next;
  const { waits: _waits, pause: _pause, resumedAt: _resumed, ...rest } = next;
  return rest;
}

/** When the current step must have come to an outcome; a person's resume begins it anew. */
function stepEnd(definition: SagaDefinition, record: SagaRecord): number {
  const step = definition.steps[record.index]!;
  if (step.kind !== 'call' || step.deadlineMs === undefined) return Number.POSITIVE_INFINITY;
  return (record.resumedAt ?? record.since ?? record.startedAt) + step.deadlineMs;
}

/** Starts undoing at `index` and below; with nothing to undo it is over at once. */
export function undo(
  definition: SagaDefinition,
  record: SagaRecord,
  index: number,
  reason: string,
  now: number,
): SagaRecord {
  let next = index;
  while (next >= 0 && !definition.steps[next]?.compensate) next -= 1;
  const status = next < 0 ? 'compensated' : 'compensating';
  return elsewhere(record, { status, index: next, since: now, reason });
}

/** The record, waiting for a person. Undoing, it keeps its first reason beside the pause's own. */
export function paused(record: SagaRecord, code: string, now: number): SagaRecord {
  const direction = record.status === 'compensating' ? 'back' : 'forward';
  const reason = direction === 'back' ? record.reason : code;
  const { waits: _waits, ...rest } = record;
  return { ...rest, status: 'paused', reason, pause: { code, direction, at: now } };
}

/** The record, waiting at its step. */
export const waiting = (record: SagaRecord, waits: Waits): SagaRecord => ({
  ...record,
  status: 'waiting',
  waits,
});

function again(record: SagaRecord, code: string, now: number): SagaRecord {
  const attempts = record.attempts + 1;
  if (attempts >= ATTEMPTS_MAX) return paused({ ...record, attempts }, code, now);
  return { ...record, attempts, due: now + backoffMs(attempts) };
}

function forward(
  definition: SagaDefinition,
  record: SagaRecord,
  outcome: Outcome,
  now: number,
): SagaRecord {
  const { index } = record;
  const step = definition.steps[index]!;
  const beforePivot = index < definition.pivot;
  switch (outcome.kind) {
    case 'result': {
      const results = { ...record.results, [step.name]: outcome.value };
      const status = index + 1 === definition.steps.length ? 'completed' : 'running';
      return elsewhere(record, { status, index: index + 1, since: now, results });
    }
    case 'refusal':
      // A refusal says that nothing happened: only the steps before are undone.
      if (index <= definition.pivot) return undo(definition, record, index - 1, outcome.code, now);
      return paused(record, outcome.code, now);
    case 'unknown': {
      const next = again(record, outcome.code, now);
      const end = stepEnd(definition, record);
      const over = next.status === 'paused' || now >= Math.min(record.deadline, end);
      // Nobody knows whether it happened, so this step is undone as well.
      if (beforePivot && over) return undo(definition, record, index, outcome.code, now);
      return next.due > end ? { ...next, due: end } : next;
    }
  }
}

/**
 * The record after `outcome` of its current step. Before the pivot a saga that gives up
 * compensates; from the pivot's first attempt on it never gives up, it pauses for a person. A
 * compensation is tried again until it succeeds, and pauses likewise.
 */
export function afterOutcome(
  definition: SagaDefinition,
  record: SagaRecord,
  outcome: Outcome,
  now: number,
): SagaRecord {
  if (isForward(record)) return forward(definition, record, outcome, now);
  if (outcome.kind !== 'result') return again(record, outcome.code, now);
  return undo(definition, record, record.index - 1, record.reason, now);
}

/**
 * The record when its time before the pivot is up. The current step is undone as well: a crash may
 * have swallowed the news of its first attempt, and undoing what is absent is harmless.
 */
export function afterDeadline(
  definition: SagaDefinition,
  record: SagaRecord,
  now: number,
): SagaRecord {
  return undo(definition, record, record.index, 'DEADLINE_EXCEEDED', now);
}

/** Whether the saga's time before the pivot is up. */
export const isLate = (definition: SagaDefinition, record: SagaRecord, now: number) =>
  isForward(record) && record.index < definition.pivot && now >= record.deadline;

/** Whether the current step's own time is up. */
export const isStepLate = (definition: SagaDefinition, record: SagaRecord, now: number) =>
  record.status === 'running' && now >= stepEnd(definition, record);

/** The record when a step's own time is up: before the pivot given up, then for a person. */
export function afterStepDeadline(
  definition: SagaDefinition,
  record: SagaRecord,
  now: number,
): SagaRecord {
  if (record.index < definition.pivot) return afterDeadline(definition, record, now);
  return paused(record, 'DEADLINE_EXCEEDED', now);
}

/**
 * The record when somebody asks to cancel: undone from the step that may just have been sent.
 * From the pivot on there is nothing to undo any more: the record stays as it is.
 */
export function afterCancel(
  definition: SagaDefinition,
  record: SagaRecord,
  now: number,
): SagaRecord {
  if (!isForward(record) || record.index >= definition.pivot) return record;
  return undo(definition, record, record.index, 'CANCELLED', now);
}

/**
 * The record that `outcome` led to, when a cancel was heard in the same commit: as long as the
 * next step was not sent, not even the pivot, what was done is undone.
 */
export function afterCancelOnTheWay(
  definition: SagaDefinition,
  record: SagaRecord,
  now: number,
): SagaRecord {
  if (record.status !== 'running' || record.index > definition.pivot) return record;
  return undo(definition, record, record.index - 1, 'CANCELLED', now);
}

/**
 * Whether the callee may have forgotten the first attempt of the current step: sending it again
 * could do it twice. `memoryMs` is how long it remembers at least, 90 days at most.
 */
export function isForgotten(record: SagaRecord, now: number, memoryMs = STEP_MEMORY_MS): boolean {
  const margin = Math.min(MEMORY_MARGIN_MS, memoryMs / 10);
  return now >= (record.since ?? record.startedAt) + Math.min(memoryMs, STEP_MEMORY_MS) - margin;
}

export const isOpen = ({ status }: SagaRecord) => status === 'running' || status === 'compensating';
export const hasEnded = ({ status }: SagaRecord) =>
  status === 'completed' || status === 'compensated';
