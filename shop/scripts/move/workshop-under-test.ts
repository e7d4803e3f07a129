// How does a test run the workshop, keep it busy, kill it in a move, and count afterwards?
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperatorPlace } from 'offshoot/host';
import { ownDatabase } from './server.ts';

const MAIN = join(import.meta.dirname, 'workshop-main.ts');
const PATIENCE_MS = 100_000; // of who asks while processes are killed and started
const WRITERS = 6;
const COUNTERS = 4;
/** Of a writer, so that the log does not grow without end. */
const REST_MS = 40;

export interface Workshop {
  readonly data: string;
  /** Of a database of its own. */
  readonly url: string;
  start(dieAt?: string, environment?: NodeJS.ProcessEnv): Promise<void>;
  /** Resolves when its process has ended. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
  ask(verb: string, input: unknown): Promise<any>;
  /** Moves the store of `counters`: how it ended. */
  move(store: string): Promise<any>;
  /** Commands without pause, each repeated until it is acknowledged. Resolves with their number. */
  busy(): () => Promise<number>;
  /** Asserts that all that was acknowledged happened once, and was heard of once. */
  check(acknowledged: number): Promise<void>;
  /** Ends its process, if it still runs. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

async function until(what: string, is: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !(await is()); await sleep(20))
    assert.ok(performance.now() < end, `${what}: not so within ${PATIENCE_MS} ms`);
}

/** The workshop on a data folder and a database of its own; it is not started. */
export async function workshopUnderTest(): Promise<Workshop> {
  const data = mkdtempSync(join(tmpdir(), 'offshoot-workshop-'));
  const database = await ownDatabase();
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  let url = '';
  let keys = 0;

  const request = async (path: string, options?: RequestInit): Promise<any> => {
    const answer = await fetch(`${url}/api/v1${path}`, options);
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    return answer.json();
  };

  /** Once in effect, however often it is sent. */
  const add = async (id: string): Promise<void> => {
    keys += 1;
    const headers = { 'content-type': 'application/json', 'idempotency-key': `key-${keys}` };
    const body = JSON.stringify({ id });
    for (const end = performance.now() + PATIENCE_MS; ; await sleep(20))
      try {
        await request('/counters', { method: 'POST', headers, body });
        return;
      } catch (error) {
        if (performance.now() > end) throw error;
      }
  };

  const ask = async (verb: string, input: unknown): Promise<any> => {
    const text = readFileSync(join(data, 'operator-workshop.json'), 'utf8');
    const place: OperatorPlace = JSON.parse(text);
    const answer = await fetch(`${place.url}/${verb}`, {
      ...{ method: 'POST', body: JSON.stringify(input) },
      headers: { authorization: `Bearer ${place.token}` },
    });
    const body: any = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(body.detail), { code: body.code });
    return body;
  };

  const stop = async (): Promise<void> => {
    child?.kill('SIGTERM');
    await ended;
  };

  return {
    ...{ data, url: database.url, stop, ask },
    get ended() {
      return ended;
    },
    async start(dieAt, environment) {
      const own = { OFFSHOOT_DATA: data, DATABASE_URL: database.url, LOG_LEVEL: 'warn' };
      const env = { ...process.env, ...own, ...environment, ...(dieAt && { DIE_AT: dieAt }) };
      const made = fork(MAIN, { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
      child = made;
      let said = '';
      made.stderr?.on('data', (chunk) => {
        said += chunk;
      });
      ended = once(made, 'exit').then(() => {});
      const ready = once(made, 'message');
      const [message] = (await Promise.race([ready, ended.then(() => [])])) as any[];
      if (!message) throw new Error(`the workshop did not start: ${said}`);
      url = message.url;
    },
    async move(store) {
      await ask('move.begin', { service: 'counters', store });
      let state: any;
      await until('the move ends', async () => {
        state = await ask('move.state', { service: 'counters' });
        return ['moved', 'failed', 'cancelled'].includes(state.state);
      });
      return state;
    },
    busy() {
      let isOver = false;
      let acknowledged = 0;
      const one = async (_: unknown, writer: number): Promise<void> => {
        while (!isOver) {
          await add(`c${writer % COUNTERS}`);
          acknowledged += 1;
          await sleep(REST_MS);
        }
      };
      const all = Promise.all(Array.from({ length: WRITERS }, one));
      all.catch(() => {}); // who ends it sees it
      return async () => {
        isOver = true;
        await all;
        return acknowledged;
      };
    },
    async check(acknowledged) {
      const counts: Record<string, number> = await request('/counters');
      const sum = Object.values(counts).reduce((all, count) => all + count, 0);
      assert.equal(sum, acknowledged, 'what was acknowledged happened, once');
      const heard = async (): Promise<Record<string, { n: number; wrong: number }>> =>
        request('/tally');
      await until('all is heard of', async () => {
        const found = await heard();
        return Object.entries(counts).every(([id, count]) => (found[id]?.n ?? 0) >= count);
      });
      const expected = Object.entries(counts).map(([id, n]) => [id, { n, wrong: 0 }]);
      assert.deepEqual(await heard(), Object.fromEntries(expected), 'each is heard of, once');
    },
    async kill() {
      child?.kill('SIGKILL');
      await ended;
    },
    async close() {
      child?.kill('SIGKILL');
      await ended;
      await database.drop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
