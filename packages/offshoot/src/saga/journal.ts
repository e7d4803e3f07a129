// What is remembered of a running saga, and what does its journal say?
import { type Append, append, collection, privateEvent } from '../store/index.ts';

export type SagaStatus = 'running' | 'compensating' | 'paused' | 'completed' | 'compensated';

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
  /** Why it compensates or is paused: a code. '' while it goes forward. */
  readonly reason: string;
  readonly startedAt: number;
  readonly deadline: number;
  /** Not before this time, milliseconds since 1970. */
  readonly due: number;
  readonly correlation: string;
  readonly traceparent: string;
}

export type Outcome =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly code: string }
  | { readonly kind: 'unknown'; readonly code: string };

export const sagas = collection<SagaRecord>('offshoot.sagas', { indexes: ['status'] });

/** Somebody asked a running saga to cancel; gone when the saga ends. Its id is the saga's. */
export interface SagaSignalRecord {
  readonly saga: string;
  readonly signal: 'cancel';
  readonly at: number;
}
export const signals = collection<SagaSignalRecord>('offshoot.signals');

export const SAGA_COLLECTIONS = [sagas, signals] as const;

export const sagaStream = (id: string) => `saga/${id}`;

/** The idempotency key of a step's attempts: the same however often it is sent. */
export const stepKey = (id: string, step: string, direction: 'forward' | 'back') =>
  direction === 'forward' ? `saga/${id}/${step}` : `saga/${id}/${step}/compensate`;

/** The pinned `data` of a saga's log entry (decision record 0001). */
export interface JournalData {
  readonly saga: string;
  readonly definitionVersion: number;
  readonly step: string;
  readonly direction: 'forward' | 'back';
  readonly attempts: number;
  readonly key: string;
  readonly outcome: { readonly kind: string; readonly code?: string };
  readonly status: SagaStatus;
}

export function journal(id: string, data: JournalData): Append {
  return append(sagaStream(id), [privateEvent('saga.step', data, id)]);
}

export function journalStart(id: string, record: SagaRecord): Append {
  const { saga, version } = record;
  return append(
    sagaStream(id),
    [privateEvent('saga.started', { saga, definitionVersion: version }, id)],
    0,
  );
}
