import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FAULT_KINDS, type FaultCounts } from '../faults.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';

interface Line {
  readonly seed: string;
  readonly hash: string;
  readonly violations: readonly string[];
  readonly faults: FaultCounts;
}

const SEEDS = 50;
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const run = promisify(execFile);

async function seeds(count: number, bug?: string): Promise<Line[]> {
  const plant = bug ? ['--import', path('./plant.ts')] : [];
  const stop = bug ? ['--until-violation'] : [];
  const { OFFSHOOT_PLANTED_BUG: _outer, ...rest } = process.env;
  const env = bug ? { ...rest, OFFSHOOT_PLANTED_BUG: bug } : rest;
  const given = [...plant, path('./run.ts'), '1', String(count), ...stop];
  const { stdout } = await run(process.execPath, given, { env, maxBuffer: 1 << 24 });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('the toy system lives through 50 seeds, and each seed is the same in two processes', async () => {
  const [first, second] = await Promise.all([seeds(SEEDS), seeds(SEEDS)]);
  assert.equal(first.length, SEEDS);
  for (const { seed, violations } of first) assert.deepEqual(violations, [], `seed ${seed}`);
  const hashes = first.map((line) => line.hash);
  assert.deepEqual(
    hashes,
    second.map((line) => line.hash),
  );
  assert.equal(new Set(hashes).size, SEEDS, 'different seeds have different hashes');
  for (const kind of FAULT_KINDS.filter((one) => one !== 'hold'))
    assert.ok(
      first.some((line) => line.faults[kind] > 0),
      `no seed had a ${kind}`,
    );
});

for (const bug of PLANTED_BUGS) {
  test(`the simulation finds a planted bug within 50 seeds: ${bug.name}`, async (t) => {
    const lines = await seeds(SEEDS, bug.name);
    const last = lines.at(-1);
    t.diagnostic(`seed ${last?.seed}: ${last?.violations[0]}`);
    assert.ok(last && last.violations.length > 0, `${bug.name} was not found`);
  });
}
