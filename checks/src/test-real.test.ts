// Does `npm run test:real` run what it finds on each server, stop it, and say what it left out?
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { RealServer } from './real/real-server.ts';
import { realTests, testReal } from './test-real.ts';

const root = mkdtempSync(join(tmpdir(), 'offshoot-test-real-'));
after(() => rmSync(root, { recursive: true, force: true }));
mkdirSync(join(root, 'a/node_modules/b'), { recursive: true });
const use = "import { test } from 'node:test'; import assert from 'node:assert/strict';";
const asks = `test('answers', () => assert.equal(process.env.URL, 'here'));`;
for (const [name, body] of [
  ['a/good.real.test.ts', asks],
  ['a/plain.test.ts', "test('is not for a server', () => { throw 1; });"],
  ['a/node_modules/b/foreign.real.test.ts', "test('foreign', () => { throw 1; });"],
] as const)
  writeFileSync(join(root, name), `${use}\n${body}\n`);

const silent = { write: () => true } as unknown as NodeJS.WriteStream;
const environment = { URL: 'here' };

function server(stops: string[], over: Partial<RealServer> = {}): RealServer {
  const stop = async () => void stops.push('stopped');
  const start = async () => ({ environment, stop });
  return { name: 'toy', version: '1.2', missing: 'install toy', start, ...over };
}

test('files for real servers are found, and no others', () => {
  assert.deepEqual(realTests(root), [join(root, 'a/good.real.test.ts')]);
});

test('each server runs the files with its address, and is stopped', async () => {
  const stops: string[] = [];
  const report = await testReal([server(stops), server(stops)], realTests(root), {
    ...{ output: silent, isCI: true },
  });
  const each = { name: 'toy', version: '1.2', ran: 1, skippedBecause: null };
  assert.deepEqual(report, { servers: [each, each], passed: 2, failed: 0 });
  assert.equal(stops.length, 2);
});

test('a test that fails is counted, and its server is stopped', async () => {
  const stops: string[] = [];
  const elsewhere = { ...environment, URL: 'elsewhere' };
  const start = async () => ({ environment: elsewhere, stop: async () => void stops.push('x') });
  const servers = [server(stops, { start })];
  const { passed, failed } = await testReal(servers, realTests(root), {
    ...{ output: silent, isCI: false },
  });
  assert.deepEqual([passed, failed, stops.length], [0, 1, 1]);
});

test('a server that is not there is left out with the reason, and fails in CI', async () => {
  const servers = [server([], { version: undefined })];
  const said = (isCI: boolean) => testReal(servers, realTests(root), { output: silent, isCI });
  const left = { name: 'toy', version: null, ran: 0, skippedBecause: 'not installed: install toy' };
  assert.deepEqual(await said(false), { servers: [left], passed: 0, failed: 0 });
  assert.deepEqual(await said(true), { servers: [left], passed: 0, failed: 1 });
});

test('a server runs the files that need it, and one that nobody needs is not started', async () => {
  const stops: string[] = [];
  const runs = (file: string) => file.endsWith('good.real.test.ts');
  const servers = [
    server(stops, { runs }),
    server(stops, { runs: () => false, version: undefined }),
  ];
  const report = await testReal(servers, realTests(root), { output: silent, isCI: true });
  assert.deepEqual([report.servers.length, report.passed, report.failed], [1, 1, 0]);
});

test('a server that costs a build is left out with the reason, in CI too', async () => {
  const servers = [server([], { version: undefined, isOptional: true })];
  const report = await testReal(servers, realTests(root), { output: silent, isCI: true });
  assert.equal(report.failed, 0);
  assert.match(report.servers[0]?.skippedBecause ?? '', /install toy/);
});
