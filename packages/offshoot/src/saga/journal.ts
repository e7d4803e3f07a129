// What is remembered of a running saga, and what does its journal say?
import {
  type Append,
  append,
  collection,
  type DocumentChange,
  privateEvent,
  put,
} from '../store/index.ts';
import type { CANCEL } from './definition.ts';

export type SagaStatus =
  | 'running'
  /** For a time, a signal or a child: durably, and carried by nobody. */
  | 'waiting'
  | 'compensating'
  /** For a person. */
  | 'paused'
  | 'completed'
  | 'compensated';
export type Direction = 'forward' | 'back';

/** Why a saga waits for a person, and which way it goes on. */
export interface Pause {
  /** What kept failing, or `OUTCOME_UNKNOWN`, `VERSION_UNKNOWN`. */
  readonly code: string;
  readonly direction: Direction;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What a saga's current step waits for. */
export interface Waits {
  readonly for: 'time' | 'signal' | 'child';
  /** Not longer than this, milliseconds since 1970. Absent: a child ends when it ends. */
  readonly until?: number;
  /** The child's id. */
  readonly child?: string;
  /** Why the child was asked to give up: then this saga does as well, when the child has ended. */
  readonly stopping?: string;
}

/** Where a saga stands: one document, changed in the commit that journals the outcome. */
export interface SagaRecord {
  readonly saga: string;
  readonly version: number;
  readonly status: SagaStatus;
  /** The step to do next, or, compensating, to undo next. */
  readonly index: number;
  /** Attempts of that step whose outcome stayed unknown. */
  readonly attempts: number;
  readonly input: unknown;
  readonly results: Readonly<Record<string, unknown>>;
  /** Why it compensates: a code, the first of them. Going forward '', or why it is paused. */
  readonly reason: string;
  readonly startedAt: number;
  readonly deadline: number;
  /** Not before this time, milliseconds since 1970. */
  readonly due: number;
  /** The current step may have been sent since then. Absent in old records: since the start. */
  readonly since?: number;
  /** A person let it go on then: a step's deadline begins anew. */
  readonly resumedAt?: number;
  /** Only while it is paused. */
  readonly pause?: Pause;
  /** Only while it waits, or is paused while it did. */
  readonly waits?: Waits;
  /** The saga that started this one, and waits for its end at that step. */
  readonly parent?: { readonly saga: string; readonly id: string; readonly step: string };
  readonly correlation: string;
  readonly traceparent: string;
  /** Of one that has ended: until then it is remembered, milliseconds since 1970. */
  readonly ends?: number;
}

export type Outcome =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly code: string }
  | { readonly kind: 'unknown'; readonly code: string };

export const sagas = collection<SagaRecord>('offshoot.sagas', {
  indexes: ['status'],
  ends: 'ends',
});
/** As long as a service remembers what it answered to a step. */
export const SAGA_KEPT_MS = 90 * 24 * 3_600_000;

/** Somebody asked a running saga to cancel; gone when the saga ends. Its id is the saga's. */
export interface SagaSignalRecord {
  readonly saga: string;
  readonly signal: typeof CANCEL;
  readonly at: number;
}
export const signals = collection<SagaSignalRecord>('offshoot.signals');

/** What came for a wait or a child step: said, or how the child ended. Gone when it is heard. */
export interface ArrivalRecord {
  readonly saga: string;
  readonly id: string;
  readonly step: string;
  readonly at: number;
  readonly data: unknown;
}
export const arrivals = collection<ArrivalRecord>('offshoot.arrivals');
/** No step's name has a bar, so no two of these meet. */
export const arrivalId = (step: string, id: string) => `${step}|${id}`;

export const arrival = (record: ArrivalRecord): DocumentChange<ArrivalRecord> =>
  put(arrivals, arrivalId(record.step, record.id), record);

/** How a child ended, for the step of its parent. */
export interface ChildEnd {
  readonly status: SagaStatus;
  readonly reason: string;
  readonly results: Readonly<Record<string, unknown>>;
}

/** One a waiting saga with an end of its wait: the first of them are the next to wake. */
export interface WakeRecord {
  readonly saga: string;
  readonly id: string;
  readonly due: number;
}
export const wakes = collection<WakeRecord>('offshoot.wakes');
const DUE_WIDTH = 15;
export const wakeId = (due: number, id: string) => `${String(due).padStart(DUE_WIDTH, '0')}|${id}`;

export const SAGA_COLLECTIONS = [sagas, signals, arrivals, wakes] as const;

export const sagaStream = (id: string) => `saga/${id}`;

/** The idempotency key of a step's attempts: the same however often it is sent. */
export const stepKey = (id: string, step: string, direction: Direction) =>
  direction === 'forward' ? `saga/${id}/${step}` : `saga/${id}/${step}/compensate`;

/** The pinned `data` of a saga's log entry (decision record 0001). */
export interface JournalData {
  readonly saga: string;
  readonly definitionVersion: number;
  readonly step: string;
  readonly direction: Direction;
  readonly attempts: number;
  readonly key: string;
  readonly outcome: { readonly kind: string; readonly code?: string };
  readonly status: SagaStatus;
}

/** The `data` of the entry that says what a person decided about a paused saga. */
export interface DecisionData {
  readonly saga: string;
  readonly definitionVersion: number;
  readonly decision: 'resume' | 'skip' | 'compensate';
  readonly step: string;
  readonly direction: Direction;
  /** Who decided. */
  readonly by: string;
  readonly why: string;
  /** Steps that stay done although the saga compensates: they have no compensation. */
  readonly notUndone: readonly string[];
  readonly status: SagaStatus;
}

/** The `data` of the entry of a pause that no step's outcome led to, and of its end. */
export interface VersionData {
  readonly saga: string;
  readonly definitionVersion: number;
  readonly code: 'VERSION_UNKNOWN';
  readonly status: SagaStatus;
}

export const SAGA_ENTRIES = Object.freeze({
  started: 'saga.started',
  step: 'saga.step',
  decided: 'saga.decided',
  stranded: 'saga.stranded',
  found: 'saga.found',
});

const entry = (id: string, type: string, data: unknown, expected?: number): Append =>
  append(sagaStream(id), [privateEvent(type, data, id)], expected);

export const journal = (id: string, data: JournalData) => entry(id, SAGA_ENTRIES.step, data);

export const journalDecision = (id: string, data: DecisionData) =>
  entry(id, SAGA_ENTRIES.decided, data);

/** That no definition of a saga's version is here, or that it is again. */
export function journalVersion(id: string, record: SagaRecord): Append {
  const { saga, version, status } = record;
  const data: VersionData = {
    ...{ saga, definitionVersion: version, code: 'VERSION_UNKNOWN', status },
  };
  return entry(id, status === 'paused' ? SAGA_ENTRIES.stranded : SAGA_ENTRIES.found, data);
}

export function journalStart(id: string, record: SagaRecord): Append {
  const { saga, version } = record;
  return entry(id, SAGA_ENTRIES.started, { saga, definitionVersion: version }, 0);
}
