// The public names of offshoot/saga.

export type { Also, SagaContext, StepCall } from './context.ts';
export { afterDecision, type Decided, type Decision } from './decision.ts';
export {
  type AfterPivot,
  type BeforePivot,
  type Compensation,
  compensation,
  type Ending,
  type Endings,
  type SagaDefinition,
  type Step,
  saga,
} from './definition.ts';
export type { Decider, SagaPage, SagaQuery, SagaStory } from './desk.ts';
export { type SagaEngine, sagaEngine } from './engine.ts';
export {
  type DecisionData,
  type Direction,
  type JournalData,
  type Outcome,
  type Pause,
  SAGA_COLLECTIONS,
  SAGA_ENTRIES,
  type SagaRecord,
  type SagaSignalRecord,
  type SagaStatus,
  sagaStream,
  sagas,
  signals,
  stepKey,
} from './journal.ts';
export {
  ATTEMPTS_MAX,
  afterCancel,
  afterDeadline,
  afterOutcome,
  backoffMs,
  hasEnded,
  isForgotten,
  isOpen,
  STEP_MEMORY_MS,
} from './machine.ts';
