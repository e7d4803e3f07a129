import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breaker, protections } from '../resilience/index.ts';
import { protectionVerbs } from './protection-verbs.ts';

function setting() {
  const shown = protections();
  const one = shown.breaker(breaker({ name: 'provider', clock: () => 0, random: () => 0 }));
  const verbs = protectionVerbs(shown);
  const ask = (verb: string, input: object = {}): any => verbs[verb]!(input);
  return { one, ask };
}

test('an operator sees every breaker, and decides for one until it is left to itself', () => {
  const { one, ask } = setting();
  assert.equal(ask('breaker.open', { name: 'provider' }).state, 'open');
  assert.equal(ask('protections').breakers[0].forced, 'open');
  assert.equal(ask('breaker.close', { name: 'provider' }).forced, 'closed');
  assert.equal(ask('breaker.auto', { name: 'provider' }).forced, undefined);
  ask('breaker.open', { name: 'provider' });
  ask('breaker.reset', { name: 'provider' });
  assert.deepEqual([one.state, one.look().forced], ['closed', undefined]);
});

test('a breaker that is not there, or not named, is said so', () => {
  const { ask } = setting();
  assert.throws(() => ask('breaker.open', { name: 'x' }), {
    code: 'BREAKER_NOT_FOUND',
    message: /there is provider/,
  });
  assert.throws(() => ask('breaker.open'), { code: 'VALIDATION_FAILED' });
});
