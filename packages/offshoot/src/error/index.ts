// The public names of offshoot/error.
export { CODES, type Code, isAvailability, problemType } from './codes.ts';
export {
  asOffshootError,
  badDefinition,
  type ErrorOptions,
  type ErrorRecord,
  OffshootError,
} from './offshoot-error.ts';
