// How does a process tell that it is at its point, and stand still until it is killed?
import { writeSync } from 'node:fs';
import type { Arming } from './points.ts';

/** The file descriptor on which it tells. */
export const POINT_FD = 4;
const HELD_MS_MAX = 20_000;

/** Where it is to be held it never returns: killed by another, or, after 20 s alone, by itself. */
export function tell({ point, style }: Arming): void {
  writeSync(POINT_FD, `${point}\n`);
  if (style !== 'held') return;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HELD_MS_MAX);
  process.kill(process.pid, 'SIGKILL');
}
