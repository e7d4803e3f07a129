// The public names of offshoot/saga.

export type { AfterPivot, BeforePivot, Child, Wait } from './builder.ts';
export type { Also, SagaContext, StepCall } from './context.ts';
export { afterDecision, type Decided, type Decision } from './decision.ts';
export type {
  CallStep,
  ChildStep,
  Compensation,
  Ending,
  Endings,
  Given,
  SagaDefinition,
  SleepStep,
  Step,
  StepBounds,
  WaitStep,
} from './definition.ts';
export type { Decider, SagaPage, SagaQuery, SagaStory } from './desk.ts';
export { type SagaEngine, sagaEngine } from './engine.ts';
export {
  type ArrivalRecord,
  arrivals,
  type ChildEnd,
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
  type Waits,
  wakes,
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
export {
  type LeasedOwnership,
  leasedOwnership,
  type Ownership,
  type OwnershipOptions,
} from './ownership.ts';
export { type Difference, replay, type SagaHistory } from './replay.ts';
export { compensation, type SagaOptions, saga } from './saga.ts';
export type { Pinned } from './share.ts';
export { type StoryEntry, type StoryNode, story } from './story.ts';
