// One of three that answer, in a process of its own: `instance.ts <registry> <id> drain|exit`.
import { presence } from 'offshoot/discovery';
import { callServer } from 'offshoot/host';
import { answering, callDoor } from 'offshoot/rpc';
import { control, orders, registryAt, runtime } from './orders.ts';

const WORK_MS = 3;
const NOTICE_MS = 500;
const GRACE_MS = 10_000;
const LISTED_MS = 10_000;

const [registryUrl = '', id = '', ending] = process.argv.slice(2);
let begun = 0;
const place = async ({ input }: { input: { n: number } }) => {
  begun += 1;
  await runtime.sleep(WORK_MS);
  return input;
};
const callee = answering(orders, { place }, { runtime });
const server = await callServer({
  ...{ runtime, door: callDoor({ runtime, control, callee: () => callee }) },
});
const registry = registryAt(registryUrl);
const instance = { id, service: orders.name, url: server.url };
const here = presence({ registry, runtime, instance });

async function drain(): Promise<void> {
  await server.leave(() => here.leave(), NOTICE_MS);
  await server.close(GRACE_MS);
  registry.close();
}

process.once('SIGTERM', async () => {
  if (ending === 'drain') await drain();
  process.send?.({ begun }, () => process.exit(0));
});
process.once('disconnect', () => process.exit(0));
if (!(await here.listed(LISTED_MS))) throw new Error('the registry does not answer');
process.send?.('ready');
