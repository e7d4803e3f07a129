// Where does another process on this data folder answer, if it is alive?
import type { Folder } from '../runtime/node/index.ts';

/** What a process says of itself in the data folder. */
export interface StatedPlace {
  readonly pid: number;
  readonly url: string;
}

/** Of a process that was killed the file stays: another program may have its port by now. */
export function livingPlace<P extends StatedPlace>(folder: Folder, file: string): P | undefined {
  const text = folder.read(file);
  if (text === undefined) return undefined;
  const place: P = JSON.parse(text);
  return isAlive(place.pid) ? place : undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0); // asks; sends nothing
  } catch {
    return false;
  }
}
