// Does whatever is visible in the outbox get moved, also what comes late, without passing all that was?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffshootError } from 'offshoot/error';
import type { Change } from 'offshoot/store';
import { manualRuntime } from 'offshoot/testing';
import type { Connection, Row, Statement } from './connection.ts';
import { outboxMover } from './outbox.ts';

/** A table: rows are visible from when they are put in, and transactions write to it. */
function outbox() {
  const runtime = manualRuntime();
  const visible = new Map<number, Row>();
  const looks: number[] = [];
  const moved: string[] = [];
  const writing = new Set<string>();
  const connection = {
    async run({ name }: Statement, [from]: readonly number[]) {
      if (name === 'writing') return [...writing].map((one) => [one]);
      looks.push(from!);
      const rows = [...visible.values()].filter(([id]) => Number(id) > from!);
      return rows.sort(([a], [b]) => Number(a) - Number(b)).slice(0, 500);
    },
  } as unknown as Connection;
  const faster: number[] = [];
  let failure: Error | undefined;
  const move = async (_: readonly Change[], rows: readonly string[]) => {
    if (failure) throw failure;
    if (faster.length > 0) {
      for (const id of faster.splice(0)) visible.delete(id);
      throw new OffshootError('CONFLICT', 'somebody else was faster');
    }
    for (const row of rows) visible.delete(Number(row));
    moved.push(...rows);
  };
  const fail = (error: Error | undefined) => {
    failure = error;
  };
  const mover = outboxMover({ runtime, connection, move, service: 'toys' });
  const put = (...ids: number[]) => {
    for (const id of ids)
      visible.set(id, [`${id}`, `event-${id}`, 'made', 'k', '{}', '1', null, '0']);
  };
  const look = async () => {
    mover.wake();
    await mover.idle();
  };
  return { runtime, put, look, looks, moved, mover, faster, writing, fail };
}

/** Rows 10 to 15, two seconds apart: the floor follows them. */
async function someSeconds({ put, look, runtime }: ReturnType<typeof outbox>): Promise<void> {
  for (let id = 10; id <= 15; id += 1) {
    put(id);
    await look();
    await runtime.advance(2_000);
  }
}

test('rows are moved in the order of their numbers, more than a page too', async () => {
  const { put, look, moved } = outbox();
  const ids = Array.from({ length: 1_200 }, (_, index) => index + 1);
  put(...ids);
  await look();
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

test('looks begin where the newest row was some seconds ago', async () => {
  const all = outbox();
  await someSeconds(all);
  all.put(16);
  await all.look();
  const floor = all.looks.at(-1)!;
  assert.ok(floor >= 12 && floor < 15, `it began at ${floor}`);
});

test('a transaction that has taken very long comes before all that came after it', async () => {
  const all = outbox();
  all.writing.add('slow');
  await someSeconds(all);
  await all.look();
  assert.ok(all.looks.at(-1)! > 10, 'it held up no look');
  all.writing.delete('slow');
  all.put(5, 16);
  await all.look();
  assert.deepEqual(all.moved.slice(-2), ['5', '16']);
});

test('a page of rows below where looks begin does not hide the rest of them', async () => {
  const all = outbox();
  for (let id = 1_000; id < 1_003; id += 1) {
    all.put(id);
    all.writing.add('slow');
    await all.look();
    await all.runtime.advance(2_000);
  }
  all.writing.delete('slow');
  const late = Array.from({ length: 800 }, (_, n) => n + 1);
  all.put(...late);
  await all.look();
  assert.deepEqual(all.moved.slice(3), late.map(String));
});

test('what could not be moved is looked for again, however long that takes', async () => {
  const all = outbox();
  all.put(5);
  all.fail(new OffshootError('UNAVAILABLE', 'away'));
  for (let n = 0; n < 5; n += 1) {
    await all.look();
    await all.runtime.advance(2_000);
  }
  all.fail(undefined);
  await all.look();
  assert.deepEqual(all.moved, ['5']);
});

test('when another process takes some of them, the rest is looked for again without a call', async () => {
  const { runtime, put, mover, moved, faster } = outbox();
  put(1, 2);
  faster.push(1);
  mover.wake();
  await runtime.advance(50);
  await mover.idle();
  assert.deepEqual(moved, ['2']);
});

test('once it is stopped nothing is moved any more', async () => {
  const { put, look, moved, mover } = outbox();
  mover.stop();
  put(1);
  await look();
  assert.deepEqual(moved, []);
});
