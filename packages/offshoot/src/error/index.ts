// The public names of offshoot/error.
export { CODES, type Code, isAvailability, problemType } from './codes.ts';
export {
  asOffshootError,
  badDefinition,
  type ErrorOptions,
  type ErrorRecord,
  OffshootError,
} from './offshoot-error.ts';
export {
  type Occurrence,
  PROBLEM_MEDIA_TYPE,
  type Problem,
  problem,
  type RefusedCall,
  retryAfterSeconds,
} from './problem.ts';
