// How does the shop run for the fuzz: a process of its own, with its limits and its clock moved?
import { host, topology } from 'offshoot/host';
import { nodeRuntime } from 'offshoot/runtime/node';
import { monolith } from '../../topologies/monolith.ts';

const [factor = '1', behindMs = '0'] = process.argv.slice(2);
const real = nodeRuntime();
const shop = await host({
  topology: topology({ ...monolith, limits: { factor: Number(factor) } }),
  runtime: { ...real, now: () => real.now() - Number(behindMs) },
  environment: process.env,
});
let isEnding = false;
const end = async () => {
  if (isEnding) return;
  isEnding = true;
  await shop.drain();
  process.exit(0);
};
// It ends with the script that started it, however that ended.
process.once('disconnect', end);
process.once('SIGTERM', end);
process.send?.({ ready: true, url: shop.url });
