// How does a stand-in for the outside world run, and outlive the launcher that started it?
import { closeSync, openSync } from 'node:fs';
import type { Folder } from 'offshoot/runtime/node';
import { type KeptProcess, keptProcess } from './kept-process.ts';
import { answers, type Place, type RunFile } from './run-file.ts';
import { adopted, child, type Running } from './running.ts';

export interface StandIn extends KeptProcess {
  /** Where it is, once it takes requests for the first time. */
  readonly place: Promise<Place>;
}

export interface StandInOptions {
  readonly folder: Folder;
  readonly file: RunFile;
  readonly say: (line: string) => void;
  readonly onGivenUp: (exitCode: number) => void;
}

/**
 * Adopts the stand-in that a former launcher left, when it still answers, else starts one on
 * `<name>.db`. It keeps its port through restarts, since the shop knows only that address.
 */
export async function startStandIn(
  plan: { readonly name: string; readonly path: string },
  options: StandInOptions,
): Promise<StandIn> {
  const { name } = plan;
  const { folder, file, say, onGivenUp } = options;
  const former = file.before[name];
  const found = former && (await answers(former, '/health')) ? adopted(former) : undefined;
  const { promise: place, resolve } = Promise.withResolvers<Place>();
  const kept = keptProcess({
    name: `the ${name}`,
    say,
    onGivenUp,
    ...(found ? { found } : {}),
    start: (port) => started(plan, folder, port ?? 0),
    onReady({ pid, ready, again }) {
      const place = { pid, url: ready.url };
      file.set(name, place);
      if (again) say(`the ${name} is back at ${place.url}, pid ${pid}`);
      resolve(place);
    },
  });
  return { ...kept, place };
}

function started(
  { name, path }: { readonly name: string; readonly path: string },
  folder: Folder,
  port: number,
): Running {
  const output = openSync(folder.at(`${name}.log`), 'a', 0o600);
  try {
    const args = [path, '--port', String(port), '--data', folder.at(`${name}.db`)];
    return child(args, { readyBy: 'line', environment: process.env, output });
  } finally {
    closeSync(output);
  }
}
