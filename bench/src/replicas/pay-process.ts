// What does another process do that has the same stores? It pays when it is told to.
// Use: node pay-process.ts URL FOLDER, with a channel to its parent.

import { till, tillService } from '../events/offshoot.ts';
import { caller } from '../offshoot/call.ts';
import { oneProcess } from '../offshoot/one-process.ts';
import { openPostgres } from '../offshoot/stores.ts';
import type { Order, Paid } from './other-process.ts';

const [url = '', folder] = process.argv.slice(2);
const system = await oneProcess([tillService], folder, await openPostgres(url));
const call = caller(system);
const own = system.runtime.id();

const tell = (what: Paid | 'ready') => process.send!(what);

process.on('message', async ({ id, accounts }: Order) => {
  const paid = accounts.map((account, n) =>
    call(till.pay, { payments: [{ account, amount: 1 }] }, `${own}-${id}-${n}`),
  );
  await Promise.all(paid);
  tell({ id, atNs: String(process.hrtime.bigint()) });
});
process.once('disconnect', () => process.exit(0));
setInterval(() => {}, 60_000); // timers of the toolkit do not keep a process alive
tell('ready');
