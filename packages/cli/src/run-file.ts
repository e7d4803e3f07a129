// Which processes run on a data folder, and where do they listen?
import { readFileSync } from 'node:fs';
import type { Folder } from 'offshoot/runtime/node';

export interface Place {
  readonly pid: number;
  readonly url: string;
  /** Where it speaks another protocol than HTTP: `smtpUrl`. */
  readonly [also: `${string}Url`]: string;
}

/** By name: `shop`, and each stand-in by its own. */
export type Places = Readonly<Record<string, Place>>;

/** `run.json` of a data folder: read by the scripts, and by the next launcher. */
export interface RunFile {
  /** What the launcher before this one left. */
  readonly before: Places;
  readonly places: Places;
  set(name: string, place: Place): void;
  /** Says that nothing runs any more. */
  clear(): void;
}

const FILE = 'run.json';
const HEALTH_MS = 1_000;

const isPlace = (value: unknown): value is Place =>
  typeof value === 'object' &&
  value !== null &&
  Number.isInteger((value as Place).pid) &&
  typeof (value as Place).url === 'string';

function read(folder: Folder): Places {
  try {
    const entries = Object.entries(JSON.parse(folder.read(FILE) ?? '{}') as object);
    return Object.fromEntries(entries.filter(([, value]) => isPlace(value)));
  } catch {
    return {}; // it tells what ran, so that damage to it costs an adoption and no data
  }
}

/** Each change replaces the file as a whole. */
export function runFile(folder: Folder): RunFile {
  const before = read(folder);
  let places: Places = {};
  return {
    before,
    get places() {
      return places;
    },
    set(name, place) {
      places = { ...places, [name]: place };
      folder.write(FILE, `${JSON.stringify(places)}\n`);
    },
    clear: () => folder.remove(FILE),
  };
}

/** Whether a process of this machine has this id and has not ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Ended, but nobody asked how: in a container nobody may ever ask for an orphan. */
function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.startsWith('Z') ?? false;
  } catch {
    return true;
  }
}

/** The process is there and answers: a pid alone may be another program's by now. */
export async function answers({ pid, url }: Place, path: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  try {
    const reply = await fetch(url + path, { signal: AbortSignal.timeout(HEALTH_MS) });
    await reply.arrayBuffer();
    return reply.ok;
  } catch {
    return false;
  }
}
