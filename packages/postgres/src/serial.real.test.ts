// Is what three processes do on one store at once the same as if they had done it one after the other?
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { nodeRuntime } from 'offshoot/runtime/node';
import { sealer } from 'offshoot/security';
import {
  append,
  collection,
  many,
  put,
  remove,
  runUnit,
  START,
  type UnitContext,
} from 'offshoot/store';
import { UNMEASURED } from 'offshoot/telemetry';
import { seededRandom, testKeyring, testStamp } from 'offshoot/testing';
import { postgresStore } from './postgres-store.ts';
import { dropSchema, freshSchema, POSTGRES_URL, type Spoil, spoiling } from './store-under-test.ts';

const ACCOUNTS = Array.from({ length: 8 }, (_, index) => `account-${index}`);
const EACH = 1_000;
const RUN_MS = 4_000;

const runtime = nodeRuntime();
const keyring = testKeyring(runtime);
const accounts = collection<{ readonly amount: number }>('accounts');
const schema = freshSchema();
const opened: UnitContext[] = [];
after(async () => {
  await Promise.all(opened.map(({ store }) => store.close()));
  await dropSchema(schema);
  keyring.close();
});

async function process(spoil: Spoil): Promise<UnitContext> {
  const seals = sealer(keyring, runtime.cryptography);
  const given = { runtime, url: POSTGRES_URL, service: 'bank', schema, sealer: seals };
  const inside = { onWriter: spoiling(spoil) };
  const store = await postgresStore({ ...given, collections: [accounts] }, inside);
  const context = { store, runtime, keyring, metrics: UNMEASURED };
  opened.push(context);
  return context;
}

const needs = (ids: readonly string[]) => () => ({ found: many(accounts, ids) });
type Found = readonly ({ readonly data: { readonly amount: number } } | undefined)[];
const amountOf = (found: Found[number]) => found?.data.amount ?? 0;
const sumOf = (found: Found) => found.reduce((sum, one) => sum + amountOf(one), 0);

/** Names no revision; an account that is empty is removed, and made again by who pays into it. */
const transfer = (from: string, to: string, most: number) => (context: UnitContext, id: string) =>
  runUnit(context, needs([from, to]), ({ found }) => {
    const amount = Math.min(most, amountOf(found[0]));
    const left = amountOf(found[0]) - amount;
    const first = left === 0 ? remove(accounts, from) : put(accounts, from, { amount: left });
    const second = put(accounts, to, { amount: amountOf(found[1]) + amount });
    const data = { id, from, to, amount };
    const event = { type: 'bank.moved', schema: 1, public: true, key: from, data };
    const documents = amount === 0 ? [] : [first, second];
    const change = { appends: [append('transfers', [event])], documents, stamp: testStamp() };
    return { change, value: amount };
  });

const audit = (context: UnitContext) =>
  runUnit(context, needs(ACCOUNTS), ({ found }) => ({ value: sumOf(found) }));

test('money is kept in every answer, and each transfer that was answered happened once', async (t) => {
  const spoils: Spoil[] = Array.from({ length: 3 }, () => ({ next: 'nothing' }));
  const processes = await Promise.all(spoils.map(process));
  const first = processes[0]!;
  const documents = ACCOUNTS.map((id) => put(accounts, id, { amount: EACH }));
  await first.store.stage({ appends: [], documents, stamp: testStamp() }, 0);
  const end = Date.now() + RUN_MS;
  const done: string[] = [];
  let audits = 0;
  const worker = async (context: UnitContext, name: string, seed: number) => {
    const random = seededRandom(seed);
    const pick = () => ACCOUNTS[Math.floor(random() * ACCOUNTS.length)]!;
    for (let n = 0; Date.now() < end; n += 1) {
      if (random() < 0.2) {
        assert.equal(
          (await audit(context)).value,
          EACH * ACCOUNTS.length,
          'money was made or lost',
        );
        audits += 1;
        continue;
      }
      const [from, to] = [pick(), pick()];
      if (from === to) continue;
      const id = `${name}/${n}`;
      await transfer(
        from,
        to,
        Math.ceil(random() * EACH),
      )(context, id).then(
        () => void done.push(id),
        (error) => assert.equal(error.code, 'UNAVAILABLE'),
      );
    }
  };
  const spoiler = async () => {
    const random = seededRandom(99);
    while (Date.now() < end) {
      await runtime.sleep(50 + random() * 200);
      spoils[Math.floor(random() * 3)]!.next = random() < 0.5 ? 'request' : 'answer';
    }
  };
  const workers = processes.flatMap((context, at) =>
    Array.from({ length: 6 }, (_, n) => worker(context, `p${at}-${n}`, at * 100 + n + 1)),
  );
  await Promise.all([spoiler(), ...workers]);
  const heads = () => processes.map(({ store }) => store.head().seq);
  for (const late = Date.now() + 5_000; new Set(heads()).size > 1; await runtime.sleep(10))
    assert.ok(Date.now() < late, 'one has not heard of what the others wrote');
  const { entries } = await first.store.readLog(START, 1_000_000);
  const ids = entries.map(({ data }) => (data as { id: string }).id);
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  const missing = done.filter((id) => !counts.has(id));
  assert.deepEqual(missing, [], 'answered, and not there');
  assert.deepEqual(
    [...counts].filter(([, count]) => count > 1),
    [],
    'done twice',
  );
  const amounts = new Map(ACCOUNTS.map((id) => [id, EACH]));
  for (const { data } of entries) {
    const { from, to, amount } = data as { from: string; to: string; amount: number };
    amounts.set(from, amounts.get(from)! - amount);
    amounts.set(to, amounts.get(to)! + amount);
    assert.ok(amounts.get(from)! >= 0, 'an account below nothing: two read the same amount');
  }
  const stored = (await first.store.load(many(accounts, ACCOUNTS))).map(amountOf);
  assert.deepEqual(stored, [...amounts.values()], 'the documents are what the log says');
  t.diagnostic(`${done.length} transfers answered, ${audits} audits, ${entries.length} in the log`);
  assert.ok(done.length > 100 && audits > 20);
});
