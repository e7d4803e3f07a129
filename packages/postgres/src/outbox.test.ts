// Does whatever is visible in the outbox get moved, also what comes late, without passing all that was?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffshootError } from 'offshoot/error';
import type { Change } from 'offshoot/store';
import { manualRuntime } from 'offshoot/testing';
import type { Connection, Row } from './connection.ts';
import { outboxMover } from './outbox.ts';

/** A table: rows are visible from when they are put in. */
function outbox() {
  const runtime = manualRuntime();
  const visible = new Map<number, Row>();
  const looks: number[] = [];
  const moved: string[] = [];
  const connection = {
    async run(_: unknown, [from]: readonly number[]) {
      looks.push(from!);
      return [...visible.values()].filter(([id]) => Number(id) > from!).slice(0, 500);
    },
  } as unknown as Connection;
  const faster: number[] = [];
  const move = async (_: readonly Change[], rows: readonly string[]) => {
    if (faster.length > 0) {
      for (const id of faster.splice(0)) visible.delete(id);
      throw new OffshootError('CONFLICT', 'somebody else was faster');
    }
    for (const row of rows) visible.delete(Number(row));
    moved.push(...rows);
  };
  const mover = outboxMover({ runtime, connection, move, service: 'toys' });
  const put = (...ids: number[]) => {
    for (const id of ids.sort((a, b) => a - b))
      visible.set(id, [`${id}`, `event-${id}`, 'made', 'k', '{}', '1', null, '0']);
  };
  const look = async (everywhere = false) => {
    mover.wake(everywhere);
    await mover.idle();
  };
  return { runtime, put, look, looks, moved, mover, faster };
}

test('rows are moved in the order of their numbers, more than a page too', async () => {
  const { put, look, moved } = outbox();
  const ids = Array.from({ length: 1_200 }, (_, index) => index + 1);
  put(...ids);
  await look(true);
  assert.deepEqual(moved, ids.map(String));
});

test('a transaction that takes a second is not passed by, however many came before it', async () => {
  const { runtime, put, look, moved } = outbox();
  put(1, 2, 4);
  await look();
  await runtime.advance(1_000);
  put(3);
  await look();
  assert.deepEqual(moved, ['1', '2', '4', '3']);
});

test('looks begin where the newest row was some seconds ago; what is older is found by one everywhere', async () => {
  const { runtime, put, look, looks, moved } = outbox();
  for (let id = 10; id <= 15; id += 1) {
    put(id);
    await look();
    await runtime.advance(2_000);
  }
  put(5);
  await look();
  const floor = looks.at(-1)!;
  assert.ok(floor >= 12 && floor < 15, `it began at ${floor}`);
  assert.equal(moved.includes('5'), false);
  await look(true);
  assert.equal(moved.at(-1), '5');
});

test('when another process takes some of them, the rest is looked for again without a call', async () => {
  const { runtime, put, mover, moved, faster } = outbox();
  put(1, 2);
  faster.push(1);
  mover.wake(false);
  await runtime.advance(50);
  await mover.idle();
  assert.deepEqual(moved, ['2']);
});

test('once it is stopped nothing is moved any more', async () => {
  const { put, look, moved, mover } = outbox();
  mover.stop();
  put(1);
  await look(true);
  assert.deepEqual(moved, []);
});
