// Does `npm test` find the tests, narrow them, and pass their result on?

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = mkdtempSync(join(tmpdir(), 'offshoot-tests-'));
after(() => rmSync(root, { recursive: true, force: true }));

for (const name of ['test.js', 'node-version.js']) {
  cpSync(fileURLToPath(new URL(name, import.meta.url)), join(root, 'checks/src', name));
}
plant('package.json', '{ "type": "module" }');
plant('packages/a/src/store/log.test.ts', "test('a log keeps its order', () => {});");
plant('packages/a/src/saga/saga.test.ts', "test('a saga ends', () => {});");
plant('packages/a/node_modules/b/b.test.ts', "test('foreign', () => { throw 1; });");
plant('packages/a/fixtures/b.test.ts', "test('planted', () => { throw 1; });");
plant('shop/broken.test.ts', "test('money is kept', () => { throw new Error('lost'); });");
plant('checks/src/x.ts', 'throw new Error("no test");');

test('runs every test below packages, shop and checks, and passes a failure on', () => {
  const { code, output } = run();
  assert.equal(code, 1, output);
  assert.match(output, /✔ a log keeps its order/);
  assert.match(output, /✔ a saga ends/);
  assert.match(output, /✖ money is kept/);
  assert.match(output, /^ℹ tests 3$/m);
  assert.doesNotMatch(output, /foreign|planted|no test/);
});

test('a folder or a file narrows it, and it ends with the summary of Node', () => {
  for (const path of ['packages/a/src/store', 'packages/a/src/store/log.test.ts']) {
    const { code, output } = run(path);
    assert.equal(code, 0, output);
    assert.match(
      output,
      /ℹ tests 1\nℹ suites 0\nℹ pass 1\nℹ fail 0\n[\s\S]*ℹ duration_ms [\d.]+\n$/,
    );
  }
});

test('options go on to Node, with their values', () => {
  const { code, output } = run('--test-name-pattern', 'ends', '--test-reporter=tap', 'packages');
  assert.equal(code, 0, output);
  assert.match(output, /^TAP version 13/);
  assert.match(output, /^ok \d+ - a saga ends$/m);
  assert.doesNotMatch(output, /a log keeps its order/);
});

test('a path without tests, or without anything, is refused', () => {
  const missing = run('packages/gone');
  assert.equal(missing.code, 1);
  assert.match(missing.output, /packages\/gone.* does not exist/);
  const empty = run('checks/src');
  assert.equal(empty.code, 1);
  assert.match(empty.output, /no \*\.test\.ts at checks\/src/);
});

function plant(file: string, code: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  const head = file.endsWith('.test.ts') ? "import { test } from 'node:test';\n" : '';
  writeFileSync(join(root, file), head + code);
}

/** The variables would make the inner run believe that it is part of this one. */
function run(...args: string[]) {
  const { NODE_TEST_CONTEXT: _, INIT_CWD: __, ...env } = process.env;
  const entry = join(root, 'checks/src/test.js');
  const done = spawnSync(process.execPath, [entry, ...args], { cwd: root, env, encoding: 'utf8' });
  return { code: done.status, output: done.stdout + done.stderr };
}
