// The public names of offshoot/runtime/node: the real machine.
export { nodeRuntime } from './node-runtime.ts';
