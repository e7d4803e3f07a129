// Does an attack of both gateways end well, in a small form of `npm run attack`?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { script } from './started-shop.ts';

test('by hand and by chance: no desync, nothing spoofed, nothing crashed, no false token believed', async () => {
  const small = ['--mutations', '800', '--spoofs', '200', '--slow', '0', '--json'];
  const { code, stderr, figures } = await script('attack', '', ...small);
  assert.equal(code, 0, stderr);
  const { requests, desync, spoofed, crashed, tokensTried, tokensWronglyAccepted } = figures;
  assert.ok(requests > 2_000 && tokensTried > 900, `${requests} requests, ${tokensTried} tokens`);
  assert.deepEqual([desync, spoofed, crashed, tokensWronglyAccepted], [0, 0, 0, 0]);
  assert.equal(figures.unmet, 0);
});

test('a command line that makes no sense is told in one line', async () => {
  const { code, stderr } = await script('attack', '', '--target', 'everything');
  assert.equal(code, 2);
  assert.match(stderr, /--target 'everything' is not known/);
});
