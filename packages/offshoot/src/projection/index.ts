// The public names of offshoot/projection.
export { projection } from './projection.ts';
