// Is what is pinned still as it was? Golden files change only on purpose, seen in a diff.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CHANCE: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>'],
  [/(\\*"enc\\*":\\*")[\w-]+/g, '$1<sealed>'],
  [/("sum":)\d+/g, '$10'],
];

/** The same value with ids, sealed bytes and sums replaced: what is left is its form. */
export function formOf(value: unknown): unknown {
  const text = CHANCE.reduce((left, [from, to]) => left.replace(from, to), JSON.stringify(value));
  return JSON.parse(text);
}

/**
 * Compares `actual` with the JSON file `./golden/<name>.json` beside the test at `here`. With
 * GOLDEN=write in the environment the file is written instead: then read the diff, for what is
 * pinned is expensive to change.
 *
 * @example
 * golden(import.meta.url, 'envelope', envelope('toys', entry));
 */
export function golden(here: string, name: string, actual: unknown): void {
  const path = fileURLToPath(new URL(`./golden/${name}.json`, here));
  if (process.env.GOLDEN === 'write') {
    mkdirSync(fileURLToPath(new URL('./golden', here)), { recursive: true });
    writeFileSync(path, `${JSON.stringify(actual, null, 2)}\n`);
  }
  const expected: unknown = JSON.parse(readFileSync(path, 'utf8'));
  assert.deepEqual(JSON.parse(JSON.stringify(actual)), expected, `${name} is pinned`);
}
