// The public names of offshoot/simulation.
export type { Client } from './client.ts';
export { CRASH_POINTS, type CrashCounts, type CrashPoint } from './crash-points.ts';
export { drills } from './drills/drills.ts';
export { FAULT_KINDS, type FaultCounts, type FaultKind, type FaultMix } from './faults.ts';
export type { Final } from './final.ts';
export type { Random } from './random.ts';
export { type SeedsOptions, type Shrunk, shrink, simulateSeeds } from './seeds.ts';
export { type Cut, type Drill, type Scenario, simulate } from './simulate.ts';
export { SITUATIONS, type Situation, type SituationCounts } from './situations.ts';
export { type Summary, type Tally, tally } from './tally.ts';
export type { Verdict } from './verdict.ts';
export type { World } from './world.ts';
