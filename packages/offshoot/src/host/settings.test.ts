// Is a setting that cannot be used refused with its name and what to give instead?
import assert from 'node:assert/strict';
import test from 'node:test';
import { settings } from './settings.ts';

const ports = { min: 0, max: 65_535 };
const bad = (message: RegExp) => ({ code: 'BAD_SETTING', message });

test('reads numbers, choices and addresses, and falls back when a variable is empty', () => {
  const read = settings({ PORT: '8080', EMPTY: '', URL: 'http://127.0.0.1:4000/' });
  assert.equal(read.integer('PORT', ports, 3_000), 8_080);
  assert.equal(read.integer('EMPTY', ports, 3_000), 3_000);
  assert.equal(read.choice('LOG_LEVEL', ['info', 'warn'], 'info'), 'info');
  assert.equal(read.url('URL'), 'http://127.0.0.1:4000');
  assert.equal(read.find('EMPTY'), undefined);
});

test('refuses what is no port, no choice, no address, and what is missing', () => {
  const read = settings({ PORT: '80a', BIG: '65536', LEVEL: 'loud', URL: 'file:///etc/passwd' });
  assert.throws(() => read.integer('PORT', ports, 0), bad(/PORT='80a'.*0 to 65535/));
  assert.throws(() => read.integer('BIG', ports, 0), bad(/BIG='65536'/));
  assert.throws(() => read.choice('LEVEL', ['info'], 'info'), bad(/LEVEL='loud'.*one of info/));
  assert.throws(() => read.url('URL'), bad(/URL cannot be used/));
  assert.throws(() => read.text('MISSING'), bad(/MISSING is not set/));
});
