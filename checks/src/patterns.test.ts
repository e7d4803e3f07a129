import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { untrue } from './patterns.ts';

const root = mkdtempSync(join(tmpdir(), 'patterns-'));
after(() => rmSync(root, { recursive: true, force: true }));
mkdirSync(join(root, 'docs'));
writeFileSync(join(root, 'package.json'), '{"scripts":{"verify":"true"}}');
const tests = `import { test } from 'node:test';
test('it holds', () => {});
test('it breaks', () => { throw new Error('no'); });
test.skip('it was left out', () => {});
`;
writeFileSync(join(root, 'a.test.js'), tests);

/** A page whose first row is the one given; all others say 'not yet'. */
function page(place: string, shown: string): void {
  const rest = Array.from({ length: 63 }, (_, at) => `| ${at + 2} | x | | not yet |`);
  writeFileSync(
    join(root, 'docs', 'patterns.md'),
    [`| 1 | x | ${place} | ${shown} |`, ...rest].join('\n'),
  );
}

test('a row whose test runs and passes is true, and so is a command that exists', () => {
  page('`a.test.js`', '`a.test.js` › it holds<br>`npm run verify`');
  assert.deepEqual(untrue(root), []);
});

for (const [what, place, shown, said] of [
  [
    'a test that fails',
    '',
    '`a.test.js` › it breaks',
    /:1: row 1: 'it breaks' .*did not run and pass/,
  ],
  ['a test that is skipped', '', '`a.test.js` › it was left out', /did not run and pass/],
  ['a test that does not exist', '', '`a.test.js` › it never was', /did not run and pass/],
  ['a file that does not exist', '', '`b.test.js` › it holds', /did not run and pass/],
  [
    'a place that does not exist',
    '`src/none.ts`',
    '`a.test.js` › it holds',
    /src\/none\.ts, which is not there/,
  ],
  ['a command that does not exist', '', '`npm run nothing`', /package\.json does not have/],
  ['a row that shows nothing', '', 'surely', /names no test/],
] as const) {
  test(`a row is not true with ${what}`, () => {
    page(place, shown);
    const found = untrue(root);
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(found[0] ?? '', said);
  });
}

test('a row that is missing is said', () => {
  writeFileSync(join(root, 'docs', 'patterns.md'), '| 1 | x | | not yet |');
  assert.equal(untrue(root).length, 63);
});
