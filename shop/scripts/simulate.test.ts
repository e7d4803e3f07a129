import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const script = fileURLToPath(new URL('./simulate.ts', import.meta.url));
const gate = '../../packages/offshoot/src/simulation/gate/plant.ts';
const plant = fileURLToPath(new URL(gate, import.meta.url));
/** A world in which messages are held for minutes is one of eighty. */
const RARE = new Set(['hold', 'message-held-beyond-a-saga', 'crash-during-recall']);

test('the shop lives through fifty seeds of faults, each the same in two processes', async (t) => {
  const { stdout } = await run(process.execPath, [script, '--seeds', '50', '--json']);
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  t.diagnostic(JSON.stringify(result));
  assert.equal(result.violations, 0);
  assert.equal(result.nondeterministic, 0);
  assert.equal(result.orders, 1_000);
  for (const [kind, count] of Object.entries(result.faultsByKind))
    if (!RARE.has(kind)) assert.ok(Number(count) > 0, `no ${kind} happened`);
  for (const [name, count] of Object.entries(result.situations))
    if (!RARE.has(name)) assert.ok(Number(count) > 0, `no world met: ${name}`);
  assert.ok(result.crashPointsHit > result.crashPointsTotal / 2, `${result.crashPointsHit} points`);
});

test('the shop in four processes, which call and follow each other, lives through its seeds too', async (t) => {
  const given = [script, '--topology', 'split', '--seeds', '15', '--json'];
  const { stdout } = await run(process.execPath, given);
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  t.diagnostic(JSON.stringify(result));
  assert.deepEqual([result.violations, result.nondeterministic, result.orders], [0, 0, 300]);
  for (const kind of ['drop', 'crash', 'clockForward', 'clockBackward', 'partition'])
    assert.ok(result.faultsByKind[kind] > 0, `no ${kind} happened`);
});

test('a topology that the shop does not have is refused with the usage', async () => {
  await assert.rejects(run(process.execPath, [script, '--topology', 'moon']), { code: 2 });
});

test('a shop that charges without a key is found, and the command to repeat it is printed', async () => {
  const given = ['--import', plant, script, '--seeds', '6', '--json'];
  const env = { ...process.env, OFFSHOOT_PLANTED_BUG: 'no provider key' };
  await assert.rejects(
    run(process.execPath, given, { env }),
    (error: { code: number; stderr: string }) => {
      assert.equal(error.code, 1);
      assert.match(error.stderr, /repeat: npm run simulate -- --from \d+ --seeds 1/);
      return true;
    },
  );
});

test('a count of seeds that is no count is refused with the usage', async () => {
  await assert.rejects(run(process.execPath, [script, '--seeds', 'many']), { code: 2 });
});
