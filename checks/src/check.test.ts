// Does `npm run check` pass a clean tree, fail a faulty one, and say so usefully?

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect, manifest } from './planted-tree.ts';

const SOURCE_CHECKS =
  'syntax,layering,cycles,exports,runtime-door,attach,contracts-only,size,readme';

const clean = {
  'README.md': 'npm ci && npm start\nnpm ci && npm test\n[licence](LICENSE)\n',
  LICENSE: '',
  'packages/offshoot/package.json': manifest('offshoot', ['error', 'store']),
  'packages/offshoot/src/error/index.ts': "export { fault } from './fault.ts';\n",
  'packages/offshoot/src/error/fault.ts':
    'export const fault = (at: Date) => new Error(String(at));\n',
  'packages/offshoot/src/store/index.ts': "export { store } from './store.ts';\n",
  'packages/offshoot/src/store/store.ts':
    "import { fault } from '../error/fault.ts';\nexport const store = fault;\n",
  'packages/offshoot/src/store/store.test.ts':
    "import { store } from 'offshoot/store';\nstore(new Date());\n",
  'shop/package.json': manifest('@offshoot/shop'),
  'shop/contracts/orders.ts': 'export const orders = 1;\n',
  'shop/services/orders/service.ts':
    "import 'offshoot/store';\nexport { orders } from '../../contracts/orders.ts';\n",
  'shop/topologies/monolith.ts': "export { orders } from '../services/orders/service.ts';\n",
};

test('a clean tree passes every check, with one line of time for each', () => {
  const { code, output } = inspect(SOURCE_CHECKS, clean);
  assert.equal(code, 0, output);
  const lines = output.trim().split('\n');
  assert.deepEqual(
    lines.map((line) => line.split(/\s+/)[0]).sort(),
    SOURCE_CHECKS.split(',').sort(),
  );
  for (const line of lines) assert.match(line, /^\S+ +ok +\d+ ms$/);
});

test('a finding is one line: place, check, what happened, what to do next', () => {
  const { output } = inspect('runtime-door', { 'shop/x.ts': '\nexport const a = Date.now();\n' });
  assert.match(
    output,
    /^shop\/x\.ts:2: runtime-door touches the global Date, take the time from runtime$/m,
  );
});

test('a file that cannot be parsed is a finding, whatever check was asked for', () => {
  const { code, places } = inspect('layering', { 'shop/x.ts': 'const a = 1;\nconst = ;\n' });
  assert.equal(code, 1);
  assert.deepEqual(places, ['shop/x.ts:2']);
});

test('installed, planted and hidden files are not looked at', () => {
  const bad = 'export const a = Date.now();\n';
  const { code, output } = inspect('runtime-door', {
    'shop/node_modules/x/x.ts': bad,
    'checks/src/fixtures/x.ts': bad,
    'packages/console/dist/x.js': bad,
    'shop/.offshoot/x.ts': bad,
  });
  assert.equal(code, 0, output);
});

test('a dist folder among the sources is looked at', () => {
  const { places } = inspect('runtime-door', { 'packages/a/src/dist/x.ts': 'Date.now();' });
  assert.deepEqual(places, ['packages/a/src/dist/x.ts:1']);
});

test('an error of a type fails the check with its line', () => {
  const options = { strict: true, noEmit: true, module: 'nodenext', target: 'es2024', types: [] };
  const { code, places, output } = inspect('types', {
    'package.json': '{ "type": "module" }',
    'tsconfig.json': JSON.stringify({ compilerOptions: options, include: ['shop/*.ts'] }),
    'shop/x.ts': "\nexport const a: number = 'b';\n",
    'shop/y.ts': 'export const a = 1;\n',
  });
  assert.equal(code, 1, output);
  assert.deepEqual(places, ['shop/x.ts:2']);
});

test('an error of the linter and a file out of format fail the check', () => {
  const { code, places, output } = inspect('lint', {
    'biome.json': '{}\n',
    'shop/x.ts': 'export const a = 1;\n\tdebugger;\n',
    'shop/y.ts': 'export const a = 1;\n',
  });
  assert.equal(code, 1, output);
  assert.deepEqual(places, ['shop/x.ts:1', 'shop/x.ts:2']);
});

test('a tool that cannot start fails the check', () => {
  const { code, output } = inspect('types', { 'package.json': '{}' });
  assert.equal(code, 1);
  assert.match(output, /^package\.json:1: types tsc failed: /m);
});

test('an unknown check is refused, with the names of all', () => {
  const { code, output } = inspect('layers', {});
  assert.equal(code, 2);
  assert.match(output, /no check 'layers', choose from types, lint, syntax, layering/);
});

test('an older Node is told what to do, in one line, and exits with 3', () => {
  for (const [entry, command] of [
    ['check.js', 'check'],
    ['test.js', 'test'],
  ] as const) {
    const done = spawnSync(process.execPath, ['--import', OLD_NODE, here(entry)], {
      encoding: 'utf8',
    });
    assert.equal(done.status, 3, done.stderr);
    assert.match(done.stderr, new RegExp(`^Offshoot needs Node 24 .* 'npm run ${command}'\\.\\n$`));
    assert.equal(done.stdout, '');
  }
});

test('the entries are plain JavaScript that import nothing but Node and each other', () => {
  const scripts = readdirSync(here('.')).filter((name) => name.endsWith('.js'));
  assert.deepEqual(scripts.sort(), ['check.js', 'node-version.js', 'test.js']);
  for (const name of scripts) {
    const imports = readFileSync(here(name), 'utf8').matchAll(/^import .* from '(.*)';$/gm);
    for (const [, from] of imports) assert.match(from ?? '', /^node:|^\.\/node-version\.js$/);
  }
});

/** Makes this Node call itself an old one. */
const OLD_NODE = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });",
)}`;

function here(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
