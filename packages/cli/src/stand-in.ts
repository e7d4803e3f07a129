// How does a stand-in for the outside world run, and outlive the launcher that started it?
import { closeSync, openSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import type { Folder } from 'offshoot/runtime/node';
import { type KeptProcess, keptProcess } from './kept-process.ts';
import { answers, type Place, type RunFile } from './run-file.ts';
import { adopted, child, type Running } from './running.ts';

export interface StandIn extends KeptProcess {
  readonly name: string;
  /** Known before it is ready, so that the shop can start beside it. */
  readonly url: string;
  /** Resolves when it takes requests for the first time. */
  readonly ready: Promise<Place>;
}

export interface StandInOptions {
  readonly folder: Folder;
  readonly file: RunFile;
  readonly say: (line: string) => void;
  readonly onGivenUp: (exitCode: number) => void;
}

/**
 * Adopts the stand-in that a former launcher left, when it still answers, else starts one on
 * `<name>.db` and a free port. It keeps that port, since the shop knows only that address.
 */
export async function startStandIn(
  plan: { readonly name: string; readonly path: string },
  options: StandInOptions,
): Promise<StandIn> {
  const { name } = plan;
  const { folder, file, say, onGivenUp } = options;
  const former = file.before[name];
  const found = former && (await answers(former, '/health')) ? adopted(former) : undefined;
  const url = found ? former!.url : `http://127.0.0.1:${await freePort()}`;
  const { promise: ready, resolve } = Promise.withResolvers<Place>();
  const kept = keptProcess({
    name: `the ${name}`,
    say,
    onGivenUp,
    ...(found ? { found } : {}),
    start: () => started(plan, folder, new URL(url).port),
    onReady({ pid, again }) {
      const place = { pid, url };
      file.set(name, place);
      if (again) say(`the ${name} is back at ${place.url}, pid ${pid}`);
      resolve(place);
    },
  });
  return { ...kept, name, url, ready };
}

/** A port that nobody had a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function started(
  { name, path }: { readonly name: string; readonly path: string },
  folder: Folder,
  port: string,
): Running {
  const output = openSync(folder.at(`${name}.log`), 'a', 0o600);
  try {
    const args = [path, '--port', port, '--data', folder.at(`${name}.db`)];
    return child(args, { readyBy: 'line', environment: process.env, output });
  } finally {
    closeSync(output);
  }
}
