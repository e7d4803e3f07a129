// Which drills of the toolkit's own does a seed run beside a system?
import type { Drill } from '../simulate.ts';
import { leaseDrill } from './lease-drill.ts';
import { restoreDrill } from './restore-drill.ts';

/** Replicas that oversleep in every fourth seed, a lossy restore in every fifth. */
export const drills = (seed: bigint): readonly Drill[] => [
  ...(seed % 4n === 1n ? [leaseDrill()] : []),
  ...(seed % 5n === 2n ? [restoreDrill()] : []),
];
