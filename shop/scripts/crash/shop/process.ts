// How does the whole shop run where it is crashed? As ever, seen through the runtime door.
import { host } from 'offshoot/host';
import { nodeRuntime } from 'offshoot/runtime/node';
import { points } from '../points.ts';
import { tell } from '../telling.ts';
import type { FromShop, ShopSetting, ToShop } from './protocol.ts';

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
