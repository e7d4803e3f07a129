// Do log lines carry what they must and nothing that they must not?
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { pinoLogger } from './pino-logger.ts';

async function loggerFor(t: TestContext, level: 'info' | 'warn' = 'info') {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-log-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'test.log');
  const logger = await pinoLogger({ file, level, service: 'shop', version: '1.2.3' });
  const lines = async () => {
    await logger.flush();
    const text = readFileSync(file, 'utf8').trim();
    return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line));
  };
  return { logger, lines };
}

test('a line says when, how bad, what, who and in which trace', async (t) => {
  const { logger, lines } = await loggerFor(t);
  const [trace, span] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
  logger.of('orders').warn('slow', { ms: 7, traceparent: `00-${trace}-${span}-01` });
  const [line] = await lines();
  assert.match(line.time, /^\d{4}-\d\d-\d\dT.*Z$/);
  delete line.time;
  assert.deepEqual(line, {
    level: 'warn',
    'service.name': 'orders',
    version: '1.2.3',
    msg: 'slow',
    ms: 7,
    traceId: trace,
    spanId: span,
  });
});

test('secrets and personal fields are redacted', async (t) => {
  const { logger, lines } = await loggerFor(t);
  logger.error('no', { password: 'hunter2', email: 'ann@example.com', authorization: 'Bearer x' });
  const text = JSON.stringify(await lines());
  assert.doesNotMatch(text, /hunter2|ann@|Bearer/);
  assert.match(text, /\[redacted\]/);
});

test('trap 44: no field of a caller becomes the level, the time or the message', async (t) => {
  const { logger, lines } = await loggerFor(t);
  const forged = { level: 'fatal', time: 'never', msg: 'all is well', 'service.name': 'bank' };
  logger.warn('odd', { ...forged, requestId: 'a\nb' });
  const all = await lines();
  assert.equal(all.length, 1);
  const [{ level, time, msg, 'service.name': service }] = all;
  assert.deepEqual([level, msg, service], ['warn', 'odd', 'shop']);
  assert.match(time, /^\d{4}-/);
});

test('lines below the level are not written', async (t) => {
  const { logger, lines } = await loggerFor(t, 'warn');
  logger.info('quiet');
  logger.warn('loud');
  assert.deepEqual(
    (await lines()).map(({ msg }) => msg),
    ['loud'],
  );
});
