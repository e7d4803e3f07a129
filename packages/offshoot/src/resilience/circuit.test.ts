// Replays the documents' opossum sample: timeout 3 s, half of the calls failed, reset after 30 s.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffshootError } from '../error/index.ts';
import { manualRuntime } from '../testing/index.ts';
import { circuit } from './index.ts';

interface User {
  readonly id: string;
  readonly name: string;
}

function sample() {
  const runtime = manualRuntime();
  const said: string[] = [];
  const service = { asked: 0, answer: async (id: string): Promise<User> => ({ id, name: 'Ada' }) };
  const breaker = circuit(
    (userId: string) => {
      service.asked += 1;
      return service.answer(userId);
    },
    { runtime, timeout: 3_000, errorThresholdPercentage: 50, resetTimeout: 30_000 },
  );
  breaker.on('open', () => said.push('opened'));
  breaker.on('halfOpen', () => said.push('half-open'));
  breaker.on('close', () => said.push('closed'));
  breaker.fallback((id) => ({ id, name: 'Guest' }));
  return { runtime, said, service, breaker };
}

const away = () => Promise.reject(new OffshootError('UNAVAILABLE', 'away'));

test('a user is a user; when the service is away a guest, and everybody sees that it is one', async () => {
  const { service, breaker, said } = sample();
  const ada = { value: { id: 'u1', name: 'Ada' }, degraded: false };
  assert.deepEqual(await breaker.fire('u1'), ada);
  service.answer = away;
  const guest = await breaker.fire('u1');
  assert.deepEqual(guest, {
    value: { id: 'u1', name: 'Guest' },
    ...{ degraded: true, cause: 'UNAVAILABLE', source: 'computed' },
  });
  assert.deepEqual(said, ['opened'], 'one of two');
  const before = service.asked;
  assert.equal((await breaker.fire('u2')).degraded, true);
  assert.equal(service.asked, before, 'nobody is asked while it is open');
});

test('after 30 s one of many callers finds out, and closes it for all', async () => {
  const { runtime, service, breaker, said } = sample();
  service.answer = away;
  await breaker.fire('u1');
  await runtime.advance(29_999);
  assert.equal(breaker.opened, true);
  await runtime.advance(1);
  assert.equal(breaker.halfOpen, true);
  service.answer = async (id) => ({ id, name: 'Ada' });
  const before = service.asked;
  const all = await Promise.all(Array.from({ length: 100 }, () => breaker.fire('u1')));
  assert.equal(service.asked, before + 1);
  assert.equal(all.filter(({ degraded }) => !degraded).length, 1);
  assert.equal(breaker.closed, true);
  assert.deepEqual(said, ['opened', 'half-open', 'closed']);
});

test('a service that hangs is left after 3 s', async () => {
  const { runtime, service, breaker } = sample();
  service.answer = () => new Promise(() => {});
  const hanging = breaker.fire('u1');
  await runtime.advance(3_000);
  const answer = await hanging;
  assert.equal(answer.degraded && answer.cause, 'DEADLINE_EXCEEDED');
  assert.equal(breaker.opened, true);
});

test('errors that are none of the callee’s count for nothing', async () => {
  const runtime = manualRuntime();
  const notFound = new Error('404');
  const breaker = circuit(() => Promise.reject(notFound), {
    runtime,
    errorFilter: (error) => error === notFound,
  });
  for (let call = 0; call < 100; call += 1) await assert.rejects(breaker.fire(), notFound);
  assert.equal(breaker.closed, true);
});
