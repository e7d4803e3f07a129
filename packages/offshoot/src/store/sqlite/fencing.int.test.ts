// Is a process that was stopped, and goes on after another took its file, kept from writing to it?
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { nodeRuntime } from '../../runtime/node/index.ts';
import { bench, testStamp } from '../../testing/index.ts';
import { append, privateEvent, START } from '../index.ts';

const WRITER = join(import.meta.dirname, 'fixtures/writer.ts');

test('a writer that was stopped while another opened its file is FENCED, and wrote nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-fence-'));
  const path = join(folder, 'toys.db');
  const first = spawn(process.execPath, [WRITER, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => {
    first.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const lines = createInterface({ input: first.stdout })[Symbol.asyncIterator]();
  const said = async () => (await lines.next()).value;
  const tell = (key: string) => void first.stdin.write(`${key}\n`);

  assert.equal(await said(), 'open');
  tell('a');
  assert.equal(await said(), 'wrote a at 1');
  first.kill('SIGSTOP');
  const { store } = bench({ runtime: nodeRuntime(), path });
  const write = (key: string) => {
    const appends = [append(`toy/${key}`, [privateEvent('toy.made', {}, key)])];
    return store.stage({ appends, documents: [], stamp: testStamp() }, store.failures);
  };
  await write('b');
  tell('late');
  first.kill('SIGCONT');
  assert.equal(await said(), 'FENCED late');
  tell('later');
  assert.equal(await said(), 'FENCED later', 'and it stays so');
  await write('c');
  const { entries } = await store.readLog(START, 10);
  assert.deepEqual(
    entries.map(({ seq, key }) => `${seq} ${key}`),
    ['1 a', '2 b', '3 c'],
  );
  await store.close();
});
