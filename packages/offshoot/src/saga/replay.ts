// Would today's code have taken a recorded saga the same way? A pure function.
import { pauseOf, reopened } from './decision.ts';
import type { SagaDefinition } from './definition.ts';
import {
  type DecisionData,
  type Direction,
  type JournalData,
  type Outcome,
  SAGA_ENTRIES,
  type SagaRecord,
  type SagaStatus,
  stepKey,
} from './journal.ts';
import { afterCancelOnTheWay, afterOutcome, isForward, paused, undo } from './machine.ts';

/** What `offshoot saga show ID --json` prints, or as much of it. */
export interface SagaHistory {
  readonly id: string;
  /** The journal, oldest first, from its start. */
  readonly history: readonly { readonly type: string; readonly data: any }[];
}

/** Where code and record part. What comes after it cannot be compared. */
export interface Difference {
  /** Index of the entry. */
  readonly at: number;
  readonly what: 'saga' | 'version' | 'step' | 'direction' | 'key' | 'outcome' | 'status';
  readonly recorded: unknown;
  /** What this definition would have written; of several possible, all. */
  readonly now: unknown;
}

const NO_TIME = Number.POSITIVE_INFINITY;
const done: Outcome = { kind: 'result', value: null };

/**
 * Feeds a recorded journal to a definition. Undefined when every entry is one that this definition
 * could have written: then a running saga with this history may go on with this code. Times and
 * values are not compared, only which step, in which direction, with which key, to which end.
 */
export function replay(
  definition: SagaDefinition,
  { id, history }: SagaHistory,
): Difference | undefined {
  let record = begun(definition);
  for (const [at, { type, data }] of history.entries()) {
    const seen = lookAt(definition, id, record, type, data);
    if ('what' in seen) return { at, ...seen };
    record = seen;
  }
  return undefined;
}

const begun = ({ name, version }: SagaDefinition): SagaRecord => ({
  ...{ saga: name, version, status: 'running', index: 0, attempts: 0, input: {}, results: {} },
  ...{ reason: '', startedAt: 0, deadline: NO_TIME, due: 0, since: 0 },
  ...{ correlation: '', traceparent: '' },
});

type Parted = Omit<Difference, 'at'>;

function lookAt(
  definition: SagaDefinition,
  id: string,
  record: SagaRecord,
  type: string,
  data: any,
): SagaRecord | Parted {
  switch (type) {
    case SAGA_ENTRIES.started:
      return startedAs(definition, record, data);
    case SAGA_ENTRIES.step:
      return stepped(definition, id, record, data);
    case SAGA_ENTRIES.decided:
      return decided(definition, record, data);
    case SAGA_ENTRIES.stranded:
      return {
        ...paused(record, 'VERSION_UNKNOWN', 0),
        ...(record.waits ? { waits: record.waits } : {}),
      };
    case SAGA_ENTRIES.found:
      return reopened(record, pauseOf(definition, record), 0);
    default:
      return record; // an entry of a later release: it said more, not otherwise
  }
}

function startedAs({ name, version }: SagaDefinition, record: SagaRecord, data: any) {
  if (data.saga !== name) return { what: 'saga' as const, recorded: data.saga, now: name };
  const recorded = data.definitionVersion;
  return recorded === version ? record : { what: 'version' as const, recorded, now: version };
}

function stepped(
  definition: SagaDefinition,
  id: string,
  record: SagaRecord,
  data: JournalData,
): SagaRecord | Parted {
  const direction: Direction = isForward(record) ? 'forward' : 'back';
  const step = definition.steps[record.index]?.name ?? 'no step';
  if (data.step !== step) return { what: 'step', recorded: data.step, now: step };
  if (data.direction !== direction)
    return { what: 'direction', recorded: data.direction, now: direction };
  const key = stepKey(id, step, direction);
  if (data.key !== key) return { what: 'key', recorded: data.key, now: key };
  const possible = after(definition, record, data.outcome);
  if (possible.length === 0) return { what: 'outcome', recorded: data.outcome.kind, now: 'a call' };
  return oneOf(possible, data.status);
}

/** Time and chance decided which: whatever may follow, the record says what did. */
function after(
  definition: SagaDefinition,
  record: SagaRecord,
  { kind, code = '' }: JournalData['outcome'],
): readonly SagaRecord[] {
  const isBefore = isForward(record) && record.index < definition.pivot;
  const isCall = definition.steps[record.index]?.kind === 'call';
  const undone = isBefore ? [undo(definition, record, record.index, code, 0)] : [];
  switch (kind) {
    case 'result': {
      const next = afterOutcome(definition, record, done, 0);
      return isForward(record) ? [next, afterCancelOnTheWay(definition, next, 0)] : [next];
    }
    case 'refusal':
      return [afterOutcome(definition, record, { kind, code }, 0), ...again(record, code)];
    case 'waiting':
      return isCall ? [] : [{ ...record, status: 'waiting' }, ...again(record, code)];
    default:
      return [...undone, ...again(record, code)];
  }
}

const again = (record: SagaRecord, code: string): readonly SagaRecord[] => [
  record,
  paused(record, code, 0),
];

function oneOf(possible: readonly SagaRecord[], recorded: SagaStatus): SagaRecord | Parted {
  const found = possible.find(({ status }) => status === recorded);
  const now = [...new Set(possible.map(({ status }) => status))].join(' or ');
  return found ?? { what: 'status', recorded, now };
}

function decided(
  definition: SagaDefinition,
  record: SagaRecord,
  data: DecisionData,
): SagaRecord | Parted {
  const step = definition.steps[record.index]?.name ?? 'no step';
  if (data.step !== step) return { what: 'step', recorded: data.step, now: step };
  const pause = pauseOf(definition, record);
  if (data.direction !== pause.direction)
    return { what: 'direction', recorded: data.direction, now: pause.direction };
  const open = reopened(record, pause, 0);
  const next = {
    resume: () => open,
    skip: () => afterOutcome(definition, open, done, 0),
    compensate: () => undo(definition, open, record.index, pause.code, 0),
  }[data.decision]();
  return oneOf([next], data.status);
}
