// Is what a process remembers of its own commits what another one reads from the database?
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { append, type LogPage, type Position, START, type Store } from 'offshoot/store';
import { seededRandom, testStamp } from 'offshoot/testing';
import { sql, storesOfOneSchema } from './store-under-test.ts';

const { keyring, runtime, schema, open, close } = storesOfOneSchema();
after(close);

const random = seededRandom(11);
const below = (most: number): number => Math.floor(random() * most);

const write = (store: Store) => {
  const events = Array.from({ length: 1 + below(3) }, () => ({
    ...{ type: 'toy.made', schema: 1, public: random() < 0.7, key: `k${below(4)}` },
    ...(random() < 0.3
      ? {
          data: { owner: `o${below(3)}`, name: 'Bo' },
          personal: { subject: 'owner', fields: ['name'] },
        }
      : { data: { n: below(100) } }),
  }));
  const appends = [append(`toy/${below(3)}`, events)];
  return store.stage({ appends, documents: [], stamp: testStamp() }, store.failures);
};

const page = (store: Store, after: Position) => store.readLog(after, 500, 'public');

test('entries from memory are those of the database, whoever commits in between', async () => {
  await keyring.ensure(['o0', 'o1', 'o2']);
  const writer = await open();
  const other = await open();
  let cursor: Position = START;
  let fromMemory = 0;
  for (let round = 0; round < 60; round += 1) {
    await Promise.all(Array.from({ length: 1 + below(5) }, () => write(writer)));
    if (round % 7 === 3) await write(other);
    const mine = page(writer, cursor);
    if (!(mine instanceof Promise)) fromMemory += 1;
    const { entries, upto } = await mine;
    const [last] = await sql(`SELECT max(seq) AS seq FROM ${schema}.log`);
    while (other.head().seq < Number(last!.seq)) await runtime.sleep(2);
    const theirs: LogPage = await page(other, cursor);
    assert.deepEqual(
      entries,
      theirs.entries.filter(({ seq }) => seq <= upto.seq),
    );
    cursor = upto;
  }
  assert.ok(fromMemory >= 40, `${fromMemory} of 60 pages came from memory`);
});
