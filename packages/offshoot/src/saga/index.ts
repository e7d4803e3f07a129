// The public names of offshoot/saga.
export {
  type AfterPivot,
  type BeforePivot,
  type Compensation,
  compensation,
  type Ending,
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
  type SagaRecord,
  type SagaStatus,
  sagaStream,
  sagas,
  stepKey,
} from './journal.ts';
export { ATTEMPTS_MAX, afterDeadline, afterOutcome, backoffMs } from './machine.ts';
