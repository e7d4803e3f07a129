// Do two processes work on the same stores, and does nothing get lost or done twice when one is killed?
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { OffshootError } from '../error/index.ts';
import { nodeRuntime } from '../runtime/node/index.ts';
import { operatorFile, replicaFile } from './operator-door.ts';

const MAIN = join(import.meta.dirname, 'fixtures/bakery-main.ts');
const NAME = 'Wilhelmina Featherstone';
const runtime = nodeRuntime();
const PATIENCE_MS = 40_000;

interface Member {
  readonly process: ChildProcess;
  readonly pid: number;
  call(service: string, operation: string, input: object, key?: string): Promise<any>;
}

interface Bakery {
  readonly data: string;
  start(name: 'first' | 'second'): Promise<Member>;
}

function bakery(t: TestContext): Bakery {
  const data = mkdtempSync(join(tmpdir(), 'offshoot-shared-'));
  const children: ChildProcess[] = [];
  t.after(async () => {
    for (const child of children) await killed(child);
    rmSync(data, { recursive: true, force: true });
  });
  return {
    data,
    async start(name) {
      const child = spawn(process.execPath, [MAIN, name], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, OFFSHOOT_DATA: data, LOG_LEVEL: 'debug' },
      });
      children.push(child);
      const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
      assert.equal(String(said).trim(), 'ready');
      const file = name === 'first' ? operatorFile(name) : replicaFile(name);
      const { url, token } = JSON.parse(readFileSync(join(data, file), 'utf8'));
      const call: Member['call'] = async (service, operation, input, key = runtime.id()) => {
        const reply = await runtime.request({
          method: 'POST',
          url: `${url}/call`,
          headers: { authorization: `Bearer ${token}` },
          body: JSON.stringify({ service, operation, input, key }),
          timeoutMs: 30_000,
        });
        const body = JSON.parse(reply.body);
        if (reply.status !== 200) throw OffshootError.from({ ...body, message: body.detail });
        return body.value;
      };
      return { process: child, pid: child.pid!, call };
    },
  };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `order-${String(from + n).padStart(4, '0')}`);

/** The same key again and again until there is an answer: who calls a host may meet a dead one. */
async function order(id: string, by: () => Member): Promise<void> {
  const end = runtime.monotonic() + PATIENCE_MS;
  for (;;) {
    try {
      await by().call('counter', 'order', { id, name: NAME }, `key-${id}`);
      return;
    } catch (error) {
      if (runtime.monotonic() > end) throw error;
      await runtime.sleep(50);
    }
  }
}

const statuses = async (member: Member): Promise<readonly string[]> =>
  (await member.call('counter', 'orders', {})).all.map(({ status }: any) => status);

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = runtime.monotonic() + PATIENCE_MS;
  while (!(await isSo().catch(() => false))) {
    assert.ok(runtime.monotonic() < end, what);
    await runtime.sleep(50);
  }
}

const allHanded = (member: Member, count: number) =>
  until(`${count} orders are handed over`, async () => {
    const all = await statuses(member);
    return all.length === count && all.every((status) => status === 'handed');
  });

/** Every order baked once, counted once, told once; who baked how many. */
async function settled(member: Member, count: number): Promise<ReadonlyMap<number, number>> {
  await allHanded(member, count);
  await until('the oven has heard of all', async () => {
    return (await member.call('oven', 'tally', {})).heard.length === count;
  });
  const { baked, batches, heard } = await member.call('oven', 'tally', {});
  assert.deepEqual([baked, batches.length], [count, count]);
  assert.ok(batches.every(({ times }: any) => times === 1));
  assert.ok(heard.every((times: number) => times === 1));
  const by = new Map<number, number>();
  for (const { pid } of batches) by.set(pid, (by.get(pid) ?? 0) + 1);
  return by;
}

/** Until both carry sagas. */
async function shared(first: Member, second: Member, from: number): Promise<number> {
  let count = from;
  const both = async () => {
    for (const id of ids(count, count + 8)) await order(id, () => second);
    count += 8;
    return (await settled(first, count)).size === 2;
  };
  await until('both carry sagas', both);
  return count;
}

test('two processes serve the same services and share the sagas; those of one that is killed go on', async (t) => {
  const { start, data } = bakery(t);
  const first = await start('first');
  const second = await start('second');
  const before = await shared(first, second, 0);
  assert.equal((await second.call('counter', 'orders', {})).all[0].name, NAME);
  const sent = ids(before, before + 60).map((id, n) => order(id, () => (n % 2 ? second : first)));
  await Promise.all(sent);
  await killed(second.process);
  const count = before + 60;
  assert.ok(
    (await statuses(first)).some((status) => status === 'open'),
    'some are on their way',
  );
  const by = await settled(first, count);
  assert.deepEqual([...by.keys()].sort(), [first.pid, second.pid].sort());
  assert.equal(statSync(join(data, 'stores-first.json')).mode & 0o777, 0o600);
});

test('the process that holds the files is killed and comes back: the other goes on, nothing is lost, nothing is done twice', async (t) => {
  const { start, data } = bakery(t);
  const first = await start('first');
  const second = await start('second');
  const before = await shared(first, second, 0);
  const half = ids(before, before + 30).map((id) => order(id, () => second));
  await Promise.all(half.slice(0, 5));
  await killed(first.process);
  const rest = ids(before + 30, before + 60).map((id) => order(id, () => second));
  const again = await start('first');
  await Promise.all([...half, ...rest]);
  const count = before + 60;
  const by = await settled(again, count);
  assert.deepEqual(await statuses(second), await statuses(again));
  assert.ok([...by.keys()].every((pid) => [first.pid, second.pid, again.pid].includes(pid)));
  const logs = readdirSync(data).filter((file) => file.endsWith('.log'));
  assert.deepEqual(logs.sort(), ['second.log', 'shop.log']);
  for (const file of logs) assert.ok(!readFileSync(join(data, file), 'utf8').includes(NAME), file);
});
