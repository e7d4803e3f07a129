// The public names of offshoot/saga.
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
export {
  type Also,
  type SagaContext,
  type SagaEngine,
  type StepCall,
  sagaEngine,
} from './engine.ts';
export {
  type JournalData,
  type Outcome,
  SAGA_COLLECTIONS,
  type SagaRecord,
  type SagaSignalRecord,
  type SagaStatus,
  sagaStream,
  sagas,
  signals,
  stepKey,
} from './journal.ts';
export { ATTEMPTS_MAX, afterCancel, afterDeadline, afterOutcome, backoffMs } from './machine.ts';
