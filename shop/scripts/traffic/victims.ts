// Which processes is the shop, and which of them is killed next?
import { readdirSync, readFileSync } from 'node:fs';
import { readRunFile } from '../client/running-shop.ts';

export interface Victims {
  /** The hosts of the topology that runs, in the order in which they are killed. */
  readonly hosts: readonly string[];
  /** Who runs as this host now; undefined while it is being started again. */
  pid(host: string): number | undefined;
}

/** What each of several hosts says of itself in the data folder that they share. */
const CALLS = /^calls-(.+)\.json$/;
const ONLY = 'shop';

/** Every host that lives on a data folder: those that call each other, or the only one. */
export function victims(data: string): Victims {
  const pidOf = (host: string): number | undefined =>
    host === ONLY ? readRunFile(data)?.shop.pid : living(`${data}/calls-${host}.json`);
  const several = readdirSync(data)
    .flatMap((file) => CALLS.exec(file)?.[1] ?? [])
    .filter((host) => pidOf(host) !== undefined)
    .sort();
  return { hosts: several.length > 0 ? several : [ONLY], pid: pidOf };
}

function living(file: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(file, 'utf8'));
    return process.kill(pid, 0) ? pid : undefined;
  } catch {
    return undefined; // it died, and has not written another one yet
  }
}
