// Does a fuzz of the real shop end well, in a small form of the 20,000 requests of `npm run fuzz`?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { script } from './started-shop.ts';

const REQUESTS = 3_000;

test('3,000 generated requests: every documented answer seen, no other, no 5xx, the books right', async () => {
  const { code, stderr, figures } = await script('fuzz', '', '--requests', `${REQUESTS}`, '--json');
  assert.equal(code, 0, stderr);
  assert.deepEqual([figures.ok, figures.requests], [true, REQUESTS]);
  assert.ok(figures.documentedStatuses > 200);
  assert.deepEqual([figures.unseen, figures.fiveHundreds, figures.undocumented], [[], 0, 0]);
  assert.ok(figures.authenticatedShare >= 0.6 && figures.handledShare >= 0.1);
});

test('a command line that makes no sense is told in one line', async () => {
  const { code, stderr } = await script('fuzz', '', '--requests', '10');
  assert.equal(code, 2);
  assert.match(stderr, /--requests '10' cannot be used/);
});
