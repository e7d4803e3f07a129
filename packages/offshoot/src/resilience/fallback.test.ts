import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffshootError } from '../error/index.ts';
import { fallback } from './fallback.ts';

const away = async (): Promise<string[]> => {
  throw new OffshootError('CIRCUIT_OPEN', 'the catalogue is away');
};

test('a result is a result, and says that it is none of a fallback', async () => {
  const ask = fallback<string[]>({ otherwise: [], clock: () => 0 });
  assert.deepEqual(await ask('a', async () => ['KIT-1']), { value: ['KIT-1'], degraded: false });
});

test('trap 7: what stands in is shaped as a result, marked, and names its cause', async () => {
  const causes: string[] = [];
  const onDegraded = (cause: string) => causes.push(cause);
  const ask = fallback<string[]>({ otherwise: [], clock: () => 0, onDegraded });
  assert.deepEqual(await ask('a', away), {
    value: [],
    degraded: true,
    cause: 'CIRCUIT_OPEN',
    source: 'fixed',
  });
  assert.deepEqual(causes, ['CIRCUIT_OPEN']);
});

test('the last good result of the same key goes before the fixed one, until it is too old', async () => {
  let now = 0;
  const ask = fallback<string[]>({ otherwise: [], keptMs: 1_000, clock: () => now });
  await ask('a', async () => ['KIT-1']);
  now = 1_000;
  const kept = {
    value: ['KIT-1'],
    degraded: true,
    cause: 'CIRCUIT_OPEN',
    source: 'kept',
    ageMs: 1_000,
  };
  assert.deepEqual(await ask('a', away), kept);
  assert.deepEqual((await ask('b', away)).value, []);
  now = 1_001;
  assert.deepEqual((await ask('a', away)).value, []);
});

test('what is no matter of availability is thrown on', async () => {
  const ask = fallback<string[]>({ otherwise: [], clock: () => 0 });
  const forbidden = async (): Promise<string[]> => {
    throw new OffshootError('FORBIDDEN', 'not yours');
  };
  await assert.rejects(ask('a', forbidden), { code: 'FORBIDDEN' });
  const bug = () => ask('a', () => Promise.reject(new TypeError('bug')));
  await assert.rejects(bug, TypeError);
});

test('so many keys are kept and no more, the oldest goes first', async () => {
  const options = { otherwise: 'none', keptMs: 1_000, keptMax: 2, clock: () => 0 };
  const ask = fallback<string>(options);
  for (const key of ['a', 'b', 'a', 'c']) await ask(key, async () => key);
  const gone = async (): Promise<string> => {
    throw new OffshootError('UNAVAILABLE', 'away');
  };
  const values = await Promise.all(
    ['a', 'b', 'c'].map(async (key) => (await ask(key, gone)).value),
  );
  assert.deepEqual(values, ['a', 'none', 'c']);
});
