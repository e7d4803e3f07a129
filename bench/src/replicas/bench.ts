// What is gained by a second process on one PostgreSQL, and how soon does one hear of the other?
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Contender } from '../contender.ts';
import { booksService, tillService } from '../events/offshoot.ts';
import { oneProcess } from '../offshoot/one-process.ts';
import { freshPostgres, openPostgres } from '../offshoot/stores.ts';
import { NO_POSTGRES } from '../servers/postgres.ts';
import { msOf, otherProcess } from './other-process.ts';

const COMMANDS = 64;
const ACCOUNTS = 1_000;

const keys = () => mkdtempSync(join(tmpdir(), 'offshoot-bench-'));

/** Commands of one unit each, with a stored reply, by so many processes. */
const writers = (count: number): Contender => ({
  name: `Offshoot, PostgreSQL, ${count} process${count > 1 ? 'es' : ''}`,
  async open() {
    const url = await freshPostgres();
    if (!url) return { missing: NO_POSTGRES };
    const folder = keys();
    const all = [await otherProcess(url, folder)];
    while (all.length < count) all.push(await otherProcess(url, folder));
    return {
      each: COMMANDS,
      async run(index) {
        const accounts = Array.from(
          { length: COMMANDS },
          (_, n) => `account-${(index * COMMANDS + n) % ACCOUNTS}`,
        );
        await all[index % count]!.pay(accounts);
      },
      async close() {
        for (const one of all) await one.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
});

/** From the durable commit in another process to the handler in this one, which hears by NOTIFY. */
const wakeUp: Contender = {
  name: 'Offshoot, PostgreSQL, wake-up',
  async open() {
    const url = await freshPostgres();
    if (!url) return { missing: NO_POSTGRES };
    const folder = keys();
    const heard = new Map<string, (ms: number) => void>();
    const books = booksService((account) => {
      heard.get(account)?.(msOf(process.hrtime.bigint()));
      heard.delete(account);
    });
    const system = await oneProcess([tillService, books], folder, await openPostgres(url));
    const other = await otherProcess(url, folder);
    return {
      async run(index) {
        const account = `wake-${index}`;
        const handled = new Promise<number>((resolve) => heard.set(account, resolve));
        const durableAt = await other.pay([account]);
        return Math.max(0, (await handled) - durableAt); // it may be heard before it is answered
      },
      async close() {
        await other.close();
        await system.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
};

const [one, two] = [writers(1), writers(2)];

export const bench: Bench = {
  title: `Commands of two processes on one PostgreSQL, ${COMMANDS} to a piece of work; from a commit in one to a handler in the other`,
  contenders: [one, two, wakeUp],
  inFlight: [1, 4],
  ratios: [{ key: 'twoProcessesVsOne', ours: two, theirs: [one], inFlight: 4 }],
  figures: [
    { key: 'wakeUpP99Ms', of: 'p99Ms', contender: wakeUp, inFlight: 1 },
    { key: 'wakeUpP99MsOfFour', of: 'p99Ms', contender: wakeUp, inFlight: 4 },
  ],
};
