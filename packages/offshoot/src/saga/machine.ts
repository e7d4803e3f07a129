// Where does a saga stand after an outcome? A pure function: no clock, no store, no calls.
import type { SagaDefinition } from './definition.ts';
import type { Outcome, SagaRecord } from './journal.ts';

export const ATTEMPTS_MAX = 70;
const BACKOFF_MS_MIN = 50;
const BACKOFF_MS_MAX = 60_000;

/** 50 ms doubling up to 60 s. */
export function backoffMs(attempts: number): number {
  return Math.min(BACKOFF_MS_MIN * 2 ** Math.min(attempts - 1, 20), BACKOFF_MS_MAX);
}

/** Starts undoing at `index` and below; with nothing to undo it is over at once. */
function undo(
  definition: SagaDefinition,
  record: SagaRecord,
  index: number,
  reason: string,
): SagaRecord {
  let next = index;
  while (next >= 0 && !definition.steps[next]?.compensate) next -= 1;
  const status = next < 0 ? 'compensated' : 'compensating';
  return { ...record, status, index: next, attempts: 0, due: 0, reason };
}

function again(record: SagaRecord, code: string, now: number): SagaRecord {
  const attempts = record.attempts + 1;
  if (attempts >= ATTEMPTS_MAX) return { ...record, status: 'paused', attempts, reason: code };
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
      return { ...record, status, index: index + 1, attempts: 0, due: 0, results };
    }
    case 'refusal':
      // A refusal says that nothing happened: only the steps before are undone.
      if (index <= definition.pivot) return undo(definition, record, index - 1, outcome.code);
      return { ...record, status: 'paused', reason: outcome.code };
    case 'unknown': {
      const next = again(record, outcome.code, now);
      const over = next.status === 'paused' || now >= record.deadline;
      // Nobody knows whether it happened, so this step is undone as well.
      return beforePivot && over ? undo(definition, record, index, outcome.code) : next;
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
  if (record.status === 'running') return forward(definition, record, outcome, now);
  if (outcome.kind === 'result') return undo(definition, record, record.index - 1, record.reason);
  return again(record, outcome.code, now);
}

/**
 * The record when its time before the pivot is up. The current step is undone as well: a crash may
 * have swallowed the news of its first attempt, and undoing what is absent is harmless.
 */
export function afterDeadline(definition: SagaDefinition, record: SagaRecord): SagaRecord {
  return undo(definition, record, record.index, 'DEADLINE_EXCEEDED');
}

/**
 * The record when somebody asks to cancel: undone from the step that may just have been sent.
 * From the pivot on there is nothing to undo any more: the record stays as it is.
 */
export function afterCancel(definition: SagaDefinition, record: SagaRecord): SagaRecord {
  if (record.status !== 'running' || record.index >= definition.pivot) return record;
  return undo(definition, record, record.index, 'CANCELLED');
}

/**
 * The record that `outcome` led to, when a cancel was heard in the same commit: as long as the
 * next step was not sent, not even the pivot, what was done is undone.
 */
export function afterCancelOnTheWay(definition: SagaDefinition, record: SagaRecord): SagaRecord {
  if (record.status !== 'running' || record.index > definition.pivot) return record;
  return undo(definition, record, record.index - 1, 'CANCELLED');
}

export const isOpen = ({ status }: SagaRecord) => status === 'running' || status === 'compensating';
