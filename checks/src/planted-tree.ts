// What does a check say about a tree that a test has planted?

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Path to content. A line with `<-` in it is one where the check must find something. */
export type Planted = Readonly<Record<string, string>>;

export interface Inspection {
  readonly code: number | null;
  /** `file:line` of every finding, in the order printed. */
  readonly places: readonly string[];
  readonly output: string;
}

/** Runs checks on planted files, as `npm run check` would, and removes the files again. */
export function inspect(only: string, files: Planted): Inspection {
  const root = mkdtempSync(join(tmpdir(), 'offshoot-planted-'));
  try {
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), content);
    }
    const done = spawnSync(process.execPath, [CHECK, '--only', only, '--root', root], {
      encoding: 'utf8',
    });
    const found = done.stdout.matchAll(/^([^\s:]+:\d+): /gm);
    const places = [...found].map((match) => match[1] ?? '');
    return { code: done.status, places, output: done.stdout + done.stderr };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Lists `file:line` of the marked lines. */
export function marked(files: Planted): string[] {
  return Object.keys(files).flatMap((file) =>
    (files[file] ?? '')
      .split('\n')
      .flatMap((line, index) => (line.includes('<-') ? [`${file}:${index + 1}`] : [])),
  );
}

/** A sentence, and the files that prove it. */
export type Cases = Readonly<Record<string, Planted>>;

/**
 * Makes one test of each case: the check finds the marked lines of its files, and no others. The
 * cases share one tree and one run, so each needs file names of its own.
 */
export function testCases(only: string, ground: Planted, cases: Cases): void {
  const all: Planted = Object.assign({}, ground, ...Object.values(cases));
  const counts = [ground, ...Object.values(cases)].map((files) => Object.keys(files).length);
  assert.equal(Object.keys(all).length, sum(counts), 'two cases plant the same file');
  const outcome = inspect(only, all);
  for (const [sentence, files] of Object.entries(cases)) {
    test(sentence, () => {
      assert.equal(sentence.startsWith('finds') && marked(files).length === 0, false, 'no mark');
      const isOurs = (place: string) => (place.split(':')[0] ?? '') in files;
      const found = [...new Set(outcome.places.filter(isOurs))];
      assert.deepEqual(found.sort(), marked(files).sort(), outcome.output);
    });
  }
  test(`${only} exits with 1 when it has found something, with 0 when not`, () => {
    const isFaulty = Object.values(cases).some((files) => marked(files).length > 0);
    assert.equal(outcome.code, isFaulty ? 1 : 0, outcome.output);
  });
}

/** Names a file after each line of code and puts the line below two others, one of them not ASCII. */
export function oneFileEach(folder: string, codes: Readonly<Record<string, string>>): Cases {
  const cases = Object.entries(codes).map(([sentence, code], index) => {
    const name = sentence.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    return [
      sentence,
      { [`${folder}/${name}-${index}.ts`]: `// Ein Satz über 😀.\n\n${code}\n` },
    ] as const;
  });
  return Object.fromEntries(cases);
}

/** A manifest whose entry points are the indexes of these folders. */
export function manifest(name: string, folders: readonly string[] = []): string {
  const entries = folders.map((folder) => [`./${folder}`, `./src/${folder}/index.ts`]);
  return JSON.stringify({ name, exports: Object.fromEntries(entries) }, null, 2);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

const CHECK = fileURLToPath(new URL('check.js', import.meta.url));
