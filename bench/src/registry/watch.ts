// How long is it from a change in the registry until every client knows? npm run registry:watch
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { directory, httpRegistry, instance, type Registered, type View } from 'offshoot/discovery';
import { nodeRuntime } from 'offshoot/runtime/node';

const USAGE = `usage: npm run registry:watch [-- options]
  --clients N  directories that watch, each with a connection of its own (default: 200)
  --changes N  how often an instance joins or leaves (default: 50)
  --json       the outcome as one line on stdout`;
const OFFSHOOT = fileURLToPath(new URL('../../../packages/cli/bin/offshoot.js', import.meta.url));
const KNOWN_MS_MAX = 10_000;
const PAUSE_MS = 100;

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '200' },
    changes: { type: 'string', default: '50' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else await main(Number(values.clients), Number(values.changes));

async function main(clients: number, changes: number): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'offshoot-watch-'));
  const args = [OFFSHOOT, 'registry', 'serve', '--port', '0', '--data', data];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const url = /http:\S+/.exec(String(line))![0];
  const runtime = nodeRuntime();
  const registry = httpRegistry({ runtime, url });
  const known = Array.from({ length: clients }, () => directory({ registry, runtime }));
  const views = known.map((one) => one.of('orders'));
  await Promise.all(views.map((view) => view.known(KNOWN_MS_MAX)));
  const spent: number[] = [];
  let held: Registered | undefined;
  const one = instance({ id: 'a', service: 'orders', url: 'http://10.0.0.7:3001' });
  for (let n = 0; n < changes; n += 1) {
    await runtime.sleep(PAUSE_MS);
    const isThere = n % 2 === 0;
    const heard = Promise.all(views.map((view) => reached(view, isThere)));
    const begun = performance.now();
    if (isThere) held = await registry.register(one, 60_000);
    else await registry.deregister(held!);
    await heard;
    spent.push(performance.now() - begun);
  }
  for (const one of known) one.close();
  const over = once(child, 'exit');
  child.kill();
  await over;
  rmSync(data, { recursive: true, force: true });
  tell(
    clients,
    spent.sort((a, b) => a - b),
  );
}

/** Resolves when the client knows. */
function reached(view: View, isThere: boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = view.onChange(() => {
      if (view.instances.length > 0 !== isThere) return;
      stop();
      resolve();
    });
  });
}

function tell(clients: number, spent: readonly number[]): void {
  const at = (share: number) =>
    Math.round(spent[Math.floor((spent.length - 1) * share)]! * 10) / 10;
  const outcome = { clients, changes: spent.length, p50Ms: at(0.5), p90Ms: at(0.9), maxMs: at(1) };
  if (values.json) console.log(JSON.stringify(outcome));
  else
    console.log(
      `${clients} clients all know after ${outcome.p50Ms} ms (median), ${outcome.maxMs} ms (slowest of ${spent.length} changes)`,
    );
}
