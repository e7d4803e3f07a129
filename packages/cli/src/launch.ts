// How does `npm start` run the shop and its stand-ins, and keep them running?
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { type Folder, openFolder } from 'offshoot/runtime/node';
import { parsedOptions } from './command-line.ts';
import { EXIT, fail } from './exit-code.ts';
import { onInterrupt } from './interrupts.ts';
import { type KeptProcess, keptProcess } from './kept-process.ts';
import { type HostReport, report } from './report.ts';
import { answers, type Place, type RunFile, runFile } from './run-file.ts';
import { child } from './running.ts';
import { type StandIn, type StandInPlan, standInPlan, startStandIn } from './stand-in.ts';

const ROOT = join(import.meta.dirname, '../../..');
const MAIN = join(import.meta.dirname, 'main.ts');
const OPTIONS = {
  topology: { type: 'string' },
  /**
   * `name=FILE`: a program that takes the place of something outside. `name+protocol=FILE`: one
   * that speaks this protocol too, beside HTTP.
   */
  'stand-in': { type: 'string', multiple: true },
} as const;
const TOPOLOGY_DEFAULT = join(ROOT, 'shop/topologies/monolith.ts');
const STAND_INS_DEFAULT = [
  `provider=${join(ROOT, 'shop/stand-ins/provider/main.ts')}`,
  `mailbox+smtp=${join(ROOT, 'shop/stand-ins/mailbox/main.ts')}`,
];
const STDERR = 2;
const SHOP_GRACE_MS = 20_000;
const STAND_IN_GRACE_MS = 5_000;
/** A shop whose launcher died drains; for so long a new one waits for it. */
const ORPHAN_MS_MAX = 20_000;
const ORPHAN_LOOK_MS = 100;
/**
 * Large blocks (password hashes take 19 MiB each) go back to the system when they are freed: the
 * C library would keep them.
 */
const LEAN = {
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_ARENA_MAX: '2',
};
/** Without load 45 MB live. A limit of 160 MB cost a third of the throughput under load. */
const NODE_FLAGS = ['--max-old-space-size=256'];

const say = (line: string) => console.error(`offshoot: ${line}`);

// Pipes of processes that live on must not keep this one.
process.exit(
  await launch(process.argv.slice(2)).catch((error: unknown) => fail(error, console.error)),
);

async function launch(args: readonly string[]): Promise<number> {
  const parsed = parsedOptions(args, OPTIONS);
  if ('mistake' in parsed) {
    console.error(`launch: ${parsed.mistake}`);
    return EXIT.usage;
  }
  const folder = openFolder(process.env.OFFSHOOT_DATA || '.offshoot');
  const file = runFile(folder);
  const release = folder.lock('launcher.lock');
  if (!release || (await isTaken(file.before.shop))) {
    const where = file.before.shop ? ` at ${file.before.shop.url}` : '';
    say(`a shop runs on ${folder.path} already${where}: stop it, or set OFFSHOOT_DATA to another`);
    return EXIT.setup;
  }
  const { topology = TOPOLOGY_DEFAULT, 'stand-in': given = STAND_INS_DEFAULT } = parsed.values;
  const standIns = given.map(standInPlan);
  return supervise(topology, standIns, folder, file);
}

/** Whether a shop that no launcher holds any more still runs after it had time to drain. */
async function isTaken(shop: Place | undefined): Promise<boolean> {
  const end = performance.now() + ORPHAN_MS_MAX;
  while (shop && (await answers(shop, '/livez'))) {
    if (performance.now() > end) return true;
    await wait(ORPHAN_LOOK_MS);
  }
  return false;
}

/** Runs until asked to end, or until something cannot be kept alive; resolves with the exit code. */
async function supervise(
  topology: string,
  plans: readonly StandInPlan[],
  folder: Folder,
  file: RunFile,
): Promise<number> {
  const kept: KeptProcess[] = [];
  const standIns: StandIn[] = [];
  const { promise: ending, resolve: end } = Promise.withResolvers<number>();
  onInterrupt({
    first() {
      say('draining; Ctrl-C once more ends it at once');
      end(EXIT.ok);
    },
    second() {
      for (const one of [...kept, ...standIns]) one.kill();
      file.clear();
      process.exit(EXIT.killed);
    },
  });
  try {
    const options = { folder, file, say, onGivenUp: end };
    standIns.push(...(await Promise.all(plans.map((plan) => startStandIn(plan, options)))));
    kept.push(startShop(topology, { folder, file, standIns, onGivenUp: end }));
    return await ending;
  } finally {
    await Promise.all(kept.map((one) => one.stop(SHOP_GRACE_MS)));
    await Promise.all(standIns.map((one) => one.stop(STAND_IN_GRACE_MS)));
    file.clear();
  }
}

interface ShopOptions {
  readonly folder: Folder;
  readonly file: RunFile;
  readonly standIns: readonly StandIn[];
  readonly onGivenUp: (exitCode: number) => void;
}

function startShop(topology: string, options: ShopOptions): KeptProcess {
  const { folder, file, standIns, onGivenUp } = options;
  const environment = {
    ...LEAN,
    ...process.env,
    ...Object.assign({}, ...standIns.map((one) => one.environment)),
    OFFSHOOT_DATA: folder.path,
  };
  const args = [...NODE_FLAGS, MAIN, 'up', '--supervised', '--topology', topology];
  const tell = async (host: HostReport, pid: number): Promise<void> => {
    await Promise.all(standIns.map((one) => one.ready));
    console.log(report(host, file.places, performance.now(), pid));
  };
  return keptProcess({
    name: 'the shop',
    say,
    onGivenUp,
    start(port) {
      const again = port === undefined ? [] : ['--port', String(port)];
      return child([...args, ...again], { readyBy: 'message', environment, output: STDERR });
    },
    onReady({ pid, ready, again }) {
      const { url = '' } = ready;
      file.set('shop', { pid, url });
      if (again) say(`the shop is back at ${url}, pid ${pid}`);
      else void tell(ready as unknown as HostReport, pid);
    },
  });
}
