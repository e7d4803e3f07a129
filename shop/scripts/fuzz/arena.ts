// Where does the fuzz take place? A shop of its own on a folder of its own, with its stand-ins.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CANARIES } from '../client/shopper.ts';
import { type Verdict, verify } from '../verify/verify.ts';

export interface ArenaShop {
  readonly url: string;
  /** Undefined while it lives. */
  readonly exitCode: number | null;
  stop(): Promise<void>;
}

export interface ShopPlan {
  /** How many times what the contracts declare may be called. */
  readonly factor: number;
  /** How far its clock is behind. */
  readonly behindMs: number;
}

export interface Arena {
  readonly data: string;
  /** One at a time. Rejects when it does not start. */
  start(plan: ShopPlan): Promise<ArenaShop>;
  /** Whether the books add up. */
  verify(): Promise<Verdict>;
  /** Lines of the shop's log that tell of an error. */
  errors(): readonly string[];
  /** Ends everything; the folder goes too, unless it is to be looked at. */
  close(keep: boolean): Promise<void>;
}

export const ADMIN_EMAIL = 'zephyrine.admin@example.test';
const READY_MS_MAX = 60_000;
const SETTLE_MS = 90_000;
const STAND_INS = join(import.meta.dirname, '../../stand-ins');
const SHOP = join(import.meta.dirname, 'shop-process.ts');

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** What a child says of itself once it is ready. Rejects when it ends before, or takes too long. */
async function ready(child: ChildProcess, what: string): Promise<any> {
  const told = new Promise((resolve) => {
    child.once('message', resolve);
    if (child.stdout)
      createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line)));
  });
  const failed = new Promise((_, reject) => {
    const late = () => reject(new Error(`${what} did not start`));
    setTimeout(late, READY_MS_MAX).unref();
    child.once('exit', late);
  });
  return Promise.race([told, failed]);
}

function standIn(name: string, data: string): ChildProcess {
  const args = [join(STAND_INS, name, 'main.ts'), '--data', join(data, `${name}.db`)];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
}

export async function arena(): Promise<Arena> {
  const data = mkdtempSync(join(tmpdir(), 'shop-fuzz-'));
  const standIns = ['provider', 'mailbox'].map((name) => standIn(name, data));
  const [provider, mailbox] = await Promise.all(
    standIns.map((one) => ready(one, 'a stand-in')),
  ).catch(async (error) => {
    await Promise.all(standIns.map(ended));
    throw error;
  });
  let shop: ChildProcess | undefined;
  const environment = {
    ...process.env,
    OFFSHOOT_DATA: data,
    OFFSHOOT_ADMIN_EMAIL: ADMIN_EMAIL,
    PORT: '0',
    PROVIDER_URL: provider.url,
    SMTP_URL: mailbox.smtpUrl,
  };

  return {
    data,
    async start({ factor, behindMs }) {
      const output = openSync(join(data, 'shop.stderr'), 'a', 0o600);
      const child = spawn(process.execPath, [SHOP, String(factor), String(behindMs)], {
        env: environment,
        stdio: ['ignore', output, output, 'ipc'],
      });
      closeSync(output);
      shop = child;
      const { url } = await ready(child, 'the shop');
      return {
        url,
        get exitCode() {
          return child.exitCode;
        },
        stop: () => ended(child),
      };
    },
    verify: () =>
      verify({
        ...{ data, canaries: CANARIES, timeoutMs: SETTLE_MS },
        provider: provider.url,
        mailbox: mailbox.url,
      }),
    errors() {
      const lines = readFileSync(join(data, 'shop.log'), 'utf8').split('\n');
      const said = readFileSync(join(data, 'shop.stderr'), 'utf8').split('\n');
      return [...lines.filter((line) => /"level":"(error|fatal)"/.test(line)), ...said].filter(
        (line) => line.trim() !== '',
      );
    },
    async close(keep) {
      if (shop) await ended(shop);
      await Promise.all(standIns.map(ended));
      if (!keep) rmSync(data, { recursive: true, force: true });
    },
  };
}
