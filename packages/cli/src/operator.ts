// How does a verb of the command line talk to the host that runs on a data folder?
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { OffshootError } from 'offshoot/error';
import { DATA_DEFAULT, type OperatorPlace } from 'offshoot/host';
import { isAlive } from './run-file.ts';

/** Asks the running host, as its operator. Rejects with what the host refused, code and words. */
export type Operator = (verb: string, input?: unknown) => Promise<any>;

const ANSWER_MS_MAX = 600_000; // a backup of a large store takes its time
const FILE = /^operator-(.+)\.json$/;

/** Finds the host of a data folder by its operator file. Throws NO_HOST when none runs. */
export function operator(data = process.env.OFFSHOOT_DATA ?? DATA_DEFAULT): Operator {
  const folder = resolve(data);
  const place = places(folder).find(({ pid }) => isAlive(pid));
  if (!place)
    throw new OffshootError(
      'NO_HOST',
      `no host runs on ${folder}: start it (npm start), or name another folder with --data`,
    );
  return async (verb, input = {}) => {
    const reply = await send(place, verb, input, folder);
    const body = (await reply.json()) as any;
    if (reply.ok) return body;
    throw OffshootError.from({ ...body, message: body.detail });
  };
}

function places(folder: string): OperatorPlace[] {
  try {
    const files = readdirSync(folder).filter((file) => FILE.test(file));
    return files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  } catch {
    return []; // a folder that is not there, or not ours to read, has no host that we may ask
  }
}

async function send(place: OperatorPlace, verb: string, input: unknown, folder: string) {
  try {
    return await fetch(`${place.url}/${verb}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${place.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
  } catch (cause) {
    const message = `the host on ${folder} does not answer at ${place.url}`;
    throw new OffshootError('UNAVAILABLE', message, { cause });
  }
}
