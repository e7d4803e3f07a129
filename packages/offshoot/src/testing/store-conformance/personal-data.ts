// Are personal fields unreadable on disk, readable in use, and gone after their person's end?
import assert from 'node:assert/strict';
import { ERASED } from '../../contract/index.ts';
import { KeyMissing } from '../../security/index.ts';
import { append, one, put, START, streamOf, where } from '../../store/index.ts';
import type { OpenedStore, StorePart } from '../store-under-test.ts';
import { bought, change, load, made, on, owners, refuses, stage } from './toys.ts';

const NAME = 'Wilhelmina Featherstone';
const ada = { personId: 'p1', name: NAME, town: 'Ely' };

async function fill({ store, keyring }: OpenedStore): Promise<void> {
  await keyring.ensure(['p1']);
  await stage(store, change([append('toy/p1', [bought('p1', NAME)])], [put(owners, 'p1', ada)]));
}

export const storePersonalData: StorePart = (open, features) => [
  {
    name: 'personal fields are opened for those who read the store',
    run: on(open, async (opened) => {
      await fill(opened);
      const { store } = opened;
      assert.deepEqual((await load(store, one(owners, 'p1')))?.data, ada);
      assert.deepEqual((await load(store, where(owners, 'town', 'Ely')))[0]?.data, ada);
      const { events } = await load(store, streamOf('toy/p1'));
      assert.deepEqual(events[0]?.data, { personId: 'p1', name: NAME });
    }),
  },
  {
    name: 'personal fields stay sealed in the log that others read, with their subject named',
    run: on(open, async (opened) => {
      await fill(opened);
      const [entry] = (await opened.store.readLog(START, 1)).entries;
      assert.equal(entry?.subject, 'p1');
      assert.ok(!JSON.stringify(entry).includes(NAME));
    }),
  },
  ...(features.bytes
    ? [
        {
          name: 'no stored byte shows a personal field',
          run: on(open, async (opened) => {
            await fill(opened);
            const bytes = await opened.bytes?.();
            assert.ok(bytes?.includes('Ely'), 'what is not personal is there');
            assert.ok(!bytes?.includes(NAME));
          }),
        },
      ]
    : []),
  {
    name: 'a field whose subject was forgotten reads as erased, everywhere',
    run: on(open, async (opened) => {
      await fill(opened);
      const { store, keyring } = opened;
      await keyring.forget('p1');
      assert.deepEqual((await load(store, one(owners, 'p1')))?.data, { ...ada, name: ERASED });
      const { events } = await load(store, streamOf('toy/p1'));
      assert.deepEqual(events[0]?.data.name, ERASED);
    }),
  },
  {
    name: 'what is written about a forgotten subject is erased from the start',
    run: on(open, async (opened) => {
      await fill(opened);
      await opened.keyring.forget('p1');
      await stage(opened.store, change([], [put(owners, 'p1', ada)]));
      assert.deepEqual((await load(opened.store, one(owners, 'p1')))?.data.name, ERASED);
    }),
  },
  {
    name: 'a missing key stops the unit before anything of it is written',
    run: on(open, async ({ store, keyring }) => {
      const unit = change(
        [append('toy/a', [made('a')]), append('toy/p2', [bought('p2', NAME)])],
        [put(owners, 'p2', { ...ada, personId: 'p2' })],
      );
      await refuses(features, () => stage(store, unit), KeyMissing);
      await store.settled();
      assert.deepEqual((await store.readLog(START, 10)).entries, []);
      await keyring.ensure(['p2']);
      await stage(store, unit);
      assert.equal(store.head().seq, 2);
    }),
  },
  {
    name: 'a value that only looks sealed is refused, for it could never be read again',
    run: on(open, async ({ store }) => {
      const forged = { enc: 'AAAA', subject: 'p1', keyId: 'k' };
      const unit = change([append('toy/a', [made('a', { note: forged })])]);
      await refuses(features, () => stage(store, unit), { code: 'VALIDATION_FAILED' });
    }),
  },
];
