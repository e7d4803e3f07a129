// How does a stand-in for the outside world run, and outlive the launcher that started it?
import { closeSync, openSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import type { Folder } from 'offshoot/runtime/node';
import { type KeptProcess, keptProcess } from './kept-process.ts';
import { answers, type Place, type RunFile } from './run-file.ts';
import { adopted, child, type Running } from './running.ts';

/** A program that takes the place of something outside. */
export interface StandInPlan {
  readonly name: string;
  readonly path: string;
  /** A protocol that it speaks beside HTTP: it is started with `--<protocol>-port`. */
  readonly also: string | undefined;
}

/** Reads `name=FILE` or `name+protocol=FILE`. */
export function standInPlan(text: string): StandInPlan {
  const [left = '', path = ''] = text.split('=');
  const [name = '', also] = left.split('+');
  return { name, path, also };
}

export interface StandIn extends KeptProcess {
  readonly name: string;
  /**
   * `<NAME>_URL`, and `<PROTOCOL>_URL` for what it speaks beside HTTP: known before it is ready,
   * so that the shop can start beside it.
   */
  readonly environment: Readonly<Record<string, string>>;
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
 * `<name>.db` and free ports. It keeps them, since the shop knows only those addresses.
 */
export async function startStandIn(plan: StandInPlan, options: StandInOptions): Promise<StandIn> {
  const { name } = plan;
  const { folder, file, say, onGivenUp } = options;
  const former = file.before[name];
  const found = former && (await answers(former, '/health')) ? adopted(former) : undefined;
  const addresses = found ? addressesOf(former!) : await freeAddresses(plan);
  const { promise: ready, resolve } = Promise.withResolvers<Place>();
  const kept = keptProcess({
    name: `the ${name}`,
    say,
    onGivenUp,
    ...(found ? { found } : {}),
    start: () => started(plan, folder, addresses),
    onReady({ pid, again }) {
      const place = { pid, ...addresses };
      file.set(name, place);
      if (again) say(`the ${name} is back at ${place.url}, pid ${pid}`);
      resolve(place);
    },
  });
  const url = [`${name.toUpperCase()}_URL`, addresses.url];
  const also = plan.also ? [[`${plan.also.toUpperCase()}_URL`, addresses[alsoUrl(plan.also)]]] : [];
  return { ...kept, name, environment: Object.fromEntries([url, ...also]), ready };
}

type Addresses = Omit<Place, 'pid'> & { readonly url: string };

const alsoUrl = (protocol: string): `${string}Url` => `${protocol}Url`;

const addressesOf = ({ pid: _, ...addresses }: Place): Addresses => addresses;

async function freeAddresses({ also }: StandInPlan): Promise<Addresses> {
  const [port, other] = await Promise.all([freePort(), freePort()]);
  const url = `http://127.0.0.1:${port}`;
  return also ? { url, [alsoUrl(also)]: `${also}://127.0.0.1:${other}` } : { url };
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

function started({ name, path, also }: StandInPlan, folder: Folder, at: Addresses): Running {
  const output = openSync(folder.at(`${name}.log`), 'a', 0o600);
  try {
    const { port } = new URL(at.url);
    const other = also && at[alsoUrl(also)];
    const args = [path, '--port', port, '--data', folder.at(`${name}.db`)];
    if (other) args.push(`--${also}-port`, new URL(other).port);
    return child(args, { readyBy: 'line', environment: process.env, output });
  } finally {
    closeSync(output);
  }
}
