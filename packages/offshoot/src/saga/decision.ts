// What may a person decide about a paused saga, and where does it stand then? Pure functions.
import { parse } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import type { SagaDefinition, Step } from './definition.ts';
import type { Pause, SagaRecord } from './journal.ts';
import { afterOutcome, undo } from './machine.ts';

export type Decision =
  /** Try the step, or its compensation, again. */
  | { readonly kind: 'resume' }
  /** As if the step had this result; as if the compensation had succeeded. */
  | { readonly kind: 'skip'; readonly result?: unknown }
  /** Undo what can be undone. `force`: although the pivot may have happened. */
  | { readonly kind: 'compensate'; readonly force?: boolean };

export interface Decided {
  readonly next: SagaRecord;
  /** Steps that stay done, or perhaps done, because they have no compensation. */
  readonly notUndone: readonly string[];
}

const refused = (message: string): never => {
  throw new OffshootError('PRECONDITION_FAILED', message);
};

/** Which way a paused saga goes on. Records from before pauses were kept say it by their place. */
export function pauseOf(definition: SagaDefinition, record: SagaRecord): Pause {
  const direction = record.index < definition.pivot ? 'back' : 'forward';
  return record.pause ?? { code: record.reason, direction, at: record.startedAt };
}

/**
 * The record after a person's decision. Throws PRECONDITION_FAILED when the saga is not paused,
 * when a step of unknown outcome would be sent again, or when it compensates already; and when the
 * pivot may have happened and the decision is not forced, naming what would stay done.
 */
export function afterDecision(
  definition: SagaDefinition,
  record: SagaRecord,
  decision: Decision,
  now: number,
): Decided {
  if (record.status !== 'paused')
    return refused(`the saga is ${record.status}: only a paused one waits for a decision`);
  const pause = pauseOf(definition, record);
  const open = reopened(record, pause, now);
  switch (decision.kind) {
    case 'resume':
      if (pause.code === 'OUTCOME_UNKNOWN')
        return refused('nobody remembers whether the step happened: find out, then skip it');
      return { next: open, notUndone: [] };
    case 'skip': {
      const isBack = pause.direction === 'back';
      const value = isBack ? null : checkedResult(definition, record, decision.result ?? null);
      const next = afterOutcome(definition, open, { kind: 'result', value }, now);
      return { next, notUndone: [] };
    }
    case 'compensate': {
      if (pause.direction === 'back') return refused('it compensates already: resume, or skip');
      const notUndone = doneWithoutWayBack(definition, record);
      if (notUndone.length > 0 && !decision.force)
        return refused(
          `${notUndone.join(', ')} may have happened and cannot be undone by the saga: force it, and undo them by hand`,
        );
      return { next: undo(definition, open, record.index, pause.code, now), notUndone };
    }
  }
}

/** As it was before the pause, with all its attempts before it. */
export function reopened(record: SagaRecord, pause: Pause, now: number): SagaRecord {
  const { pause: _pause, ...rest } = record;
  const isBack = pause.direction === 'back';
  const onward = record.waits ? 'waiting' : 'running';
  return {
    ...rest,
    resumedAt: now,
    status: isBack ? 'compensating' : onward,
    reason: isBack ? record.reason : '',
    attempts: 0,
    due: 0,
  };
}

/** From the pivot on, what has been sent. Queries leave nothing behind. */
function doneWithoutWayBack({ steps, pivot }: SagaDefinition, { index }: SagaRecord): string[] {
  return steps
    .slice(pivot, index + 1)
    .filter((step) => step.kind === 'child' || isCommand(step))
    .map(({ name }) => name);
}

const isCommand = (step: Step) => step.kind === 'call' && step.operation.kind === 'command';

/** Later steps rely on the result, so it must be what the operation would have answered. */
function checkedResult({ steps }: SagaDefinition, { index }: SagaRecord, result: unknown): unknown {
  const step = steps[index]!;
  if (step.kind !== 'call') return result;
  const parsed = parse(step.operation.output, result);
  if (parsed.ok) return parsed.value;
  const { service, name } = step.operation;
  throw new OffshootError(
    'VALIDATION_FAILED',
    `to skip ${step.name}, say its result as ${service}.${name} would answer: ${parsed.issues[0]?.pointer} ${parsed.issues[0]?.detail}`,
    { details: { errors: parsed.issues } },
  );
}
