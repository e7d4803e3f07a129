// The public names of offshoot/simulation.
export { FAULT_KINDS, type FaultCounts, type FaultKind, type FaultMix } from './faults.ts';
export { type Client, type Final, type Scenario, simulate, type Verdict } from './simulate.ts';
export type { World } from './world.ts';
