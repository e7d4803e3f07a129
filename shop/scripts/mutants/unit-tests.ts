// Which mutants do the ordinary unit tests catch? The simulation is for the others.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Patch } from '../../simulation/mutants/mutant.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PLANT = fileURLToPath(new URL('./plant.ts', import.meta.url));
const NOTED = new URL('../../simulation/mutants/caught-by.json', import.meta.url);
const TIMEOUT_MS = 180_000;
const TEST_TIMEOUT_MS = 60_000;

type Noted = Record<string, readonly string[]>;

/** By mutant, the unit tests of its folder that catch it. A mutant that none catches is not in it. */
export const noted = (): Noted => JSON.parse(readFileSync(NOTED, 'utf8'));

/** The unit tests beside the file; what starts processes or worlds of its own is none. */
function testsBeside(file: string): string[] {
  const folder = join(ROOT, dirname(file));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts') && !/\.(int|e2e)\.test\.ts$/.test(name))
    .map((name) => join(folder, name));
}

/** Names of the tests that fail with the mutant planted. */
async function failuresWith({ name, file }: Patch): Promise<string[]> {
  const tests = testsBeside(file);
  if (tests.length === 0) return [];
  const args = ['--import', PLANT, '--test', '--test-reporter=tap'];
  const options = [`--test-timeout=${TEST_TIMEOUT_MS}`, ...tests];
  const env = { ...process.env, OFFSHOOT_MUTANT: name };
  const output = await new Promise<string>((resolve) => {
    const given = { env, timeout: TIMEOUT_MS, maxBuffer: 1 << 26 };
    execFile(process.execPath, [...args, ...options], given, (_error, stdout) => resolve(stdout));
  });
  if (!/^# tests \d+/m.test(output)) return ['the tests never ended'];
  const failed = [...output.matchAll(/^ *not ok \d+ - (.*)$/gm)].map(([, test]) => test ?? '');
  return [...new Set(failed)].filter((test) => !test.endsWith('.test.ts')).sort();
}

function note(found: Noted): void {
  const sorted = Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(NOTED, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
}

const same = (a: readonly string[], b: readonly string[]) =>
  JSON.stringify(a) === JSON.stringify(b);

/**
 * A sentence for each mutant of which the unit tests catch something else than what is noted; with
 * `isRecorded` it is noted instead, and nothing is wrong.
 */
export async function unitFaults(
  patches: readonly Patch[],
  isRecorded: boolean,
): Promise<string[]> {
  const before = noted();
  const found: Noted = isRecorded ? { ...before } : {};
  for (const patch of patches) {
    const failures = await failuresWith(patch);
    delete found[patch.name];
    if (failures.length > 0) found[patch.name] = failures;
    if (isRecorded) note(found); // each as it comes: all of them take long
    console.error(`${failures.length > 0 ? '•' : ' '} ${patch.name}: ${failures.length} fail`);
  }
  if (isRecorded) return [];
  return patches.flatMap(({ name }) => {
    const [was, is] = [before[name] ?? [], found[name] ?? []];
    return same(was, is)
      ? []
      : [`${name}: caught by ${is.join('; ') || 'none'}, which is not noted`];
  });
}
