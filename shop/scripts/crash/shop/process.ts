// How does the whole shop run where it is crashed? As ever, seen through the runtime door.
import { writeSync } from 'node:fs';
import { host } from 'offshoot/host';
import { nodeRuntime } from 'offshoot/runtime/node';
import { POINT_FD } from '../harness/protocol.ts';
import { type Arming, points } from '../points.ts';
import type { FromShop, ShopSetting, ToShop } from './protocol.ts';

const HELD_MS_MAX = 20_000;

function tell({ point, style }: Arming): void {
  writeSync(POINT_FD, `${point}\n`);
  if (style !== 'held') return;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HELD_MS_MAX);
  process.kill(process.pid, 'SIGKILL');
}

const { store, arming } = JSON.parse(process.argv[2] ?? '{}') as ShopSetting;
const at = points(nodeRuntime(), { home: 'orders', arming, tell });
const topology =
  store === 'postgres'
    ? (await import('../../../topologies/postgres.ts')).postgres
    : (await import('../../../topologies/monolith.ts')).monolith;
const shop = await host({ topology, runtime: at.runtime, environment: process.env });
at.ready();

let isEnding = false;
async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  await shop.drain();
  process.exit(0);
}
process.on('message', (message: ToShop) => {
  if (message.kind === 'arm') at.arm(message.arming);
  else void end();
});
// It ends with the script that started it, however that ended.
process.once('disconnect', () => void end());
const ready: FromShop = { kind: 'ready', url: shop.url ?? '' };
process.send?.(ready);
