// How does a test run hosts of two releases on the same stores, under orders that never stop?
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAvailability, OffshootError } from 'offshoot/error';
import { nodeRuntime } from 'offshoot/runtime/node';
import type { Edition } from './editions.ts';

/** What one host runs. */
export interface Release {
  readonly stall: Edition;
  readonly bank: Edition;
  /** Whose stores have one more migration. @default the one before */
  readonly build?: Edition;
}

export const BEFORE: Release = { stall: 'before', bank: 'before' };
export const NEXT: Release = { stall: 'next', bank: 'next', build: 'next' };

export type HostName = 'first' | 'second';

export interface Stage {
  /** Starts a host; resolves when it takes calls. */
  start(name: HostName, release: Release): Promise<void>;
  /** Ends it as a deployment does, or at once. */
  end(name: HostName, how?: 'drained' | 'killed'): Promise<void>;
  /** The same call again and again, of whichever host answers, until one does. */
  call(service: string, operation: string, input: object, key?: string): Promise<any>;
  close(): Promise<void>;
}

interface Place {
  readonly child: ChildProcess;
  readonly url: string;
  readonly token: string;
}

const HERE = import.meta.dirname;
const PATIENCE_MS = 60_000;
const REST_MS = 20;
const ERRORS_MAX = 4_000;
/** Between two orders of one customer: enough for hosts that start on a busy machine, too. */
const BREATH_MS = 60;
const runtime = nodeRuntime();

export interface StageOptions {
  readonly kind: 'sqlite' | 'postgres';
  readonly data: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export function stage({ kind, data, environment }: StageOptions): Stage {
  const places = new Map<HostName, Place>();
  let turn = 0;

  const ask = async (place: Place, what: object): Promise<any> => {
    const { status, body } = await runtime.request({
      ...{ method: 'POST', url: `${place.url}/call`, timeoutMs: 15_000 },
      headers: { authorization: `Bearer ${place.token}` },
      body: JSON.stringify(what),
    });
    const said = JSON.parse(body);
    if (status === 200) return said.value;
    throw OffshootError.from({ ...said, message: said.detail });
  };

  return {
    async start(name, { stall, bank, build }) {
      const hook = build === 'next' ? ['--import', join(HERE, 'next-build.ts')] : [];
      const args = [...hook, join(HERE, 'main.ts'), name, kind, stall, bank];
      const child = spawn(process.execPath, args, {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { ...process.env, OFFSHOOT_DATA: data, LOG_LEVEL: 'warn', ...environment },
      });
      let errors = '';
      child.stderr.on('data', (chunk: Buffer) => {
        errors = (errors + chunk).slice(-ERRORS_MAX);
      });
      const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
      assert.equal(String(said).trim(), 'ready', errors);
      const file = name === 'first' ? 'operator-first.json' : `replica-${name}.json`;
      places.set(name, { child, ...JSON.parse(readFileSync(join(data, file), 'utf8')) });
    },
    async end(name, how = 'drained') {
      const { child } = places.get(name)!;
      places.delete(name);
      const gone = once(child, 'exit');
      if (how === 'killed') child.kill('SIGKILL');
      else child.stdin?.end();
      await gone;
    },
    async call(service, operation, input, key = runtime.id()) {
      const end = runtime.monotonic() + PATIENCE_MS;
      for (;;) {
        turn += 1;
        const now = [...places.values()];
        try {
          return await ask(now[turn % now.length]!, { service, operation, input, key });
        } catch (error) {
          // Who calls a host may meet one that ends. Every other answer is a failure.
          const isAway = error instanceof OffshootError ? isAvailability(error.code) : true;
          if (!isAway || runtime.monotonic() > end) throw error;
          await runtime.sleep(REST_MS);
        }
      }
    },
    async close() {
      for (const { child } of places.values()) child.kill('SIGKILL');
      places.clear();
    },
  };
}

/** Orders from several customers at once, until it is told to stop. */
export interface Load {
  /** Ids whose order was acknowledged. */
  readonly acknowledged: readonly string[];
  /** What a customer was told instead, if ever. */
  readonly failed: readonly unknown[];
  /** Resolves when so many more are acknowledged. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

export function load(on: Pick<Stage, 'call'>, customers = 4): Load {
  const acknowledged: string[] = [];
  const failed: unknown[] = [];
  let sent = 0;
  let stopped = false;
  const customer = async (): Promise<void> => {
    while (!stopped) {
      sent += 1;
      const id = `${sent % 7 === 0 ? 'poor' : 'order'}-${String(sent).padStart(5, '0')}`;
      try {
        await on.call('stall', 'order', { id }, `key-${id}`);
        acknowledged.push(id);
      } catch (error) {
        failed.push(error);
      }
      await runtime.sleep(BREATH_MS);
    }
  };
  const all = Array.from({ length: customers }, customer);
  return {
    acknowledged,
    failed,
    more: (count) => {
      const wanted = acknowledged.length + count;
      return until(`${count} more orders`, async () => acknowledged.length >= wanted);
    },
    async stop() {
      stopped = true;
      await Promise.all(all);
    },
  };
}

export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = runtime.monotonic() + PATIENCE_MS;
  while (!(await isSo())) {
    assert.ok(runtime.monotonic() < end, `not so after ${PATIENCE_MS} ms: ${what}`);
    await runtime.sleep(50);
  }
}
