// How fast do our events get from the unit that publishes them to a handler's durable effect?
import { authenticated, command, contract, event, jsonSchema } from 'offshoot/contract';
import { on, subscription } from 'offshoot/messaging';
import { commandHandler, service } from 'offshoot/service';
import { append, collection, one, put } from 'offshoot/store';
import type { Contender } from '../contender.ts';
import { caller } from '../offshoot/call.ts';
import { oneProcess } from '../offshoot/one-process.ts';
import type { StoreKind } from '../offshoot/stores.ts';

interface Paid {
  readonly account: string;
  readonly amount: number;
}
const paid = jsonSchema<Paid>({
  type: 'object',
  required: ['account', 'amount'],
  properties: { account: { type: 'string' }, amount: { type: 'integer' } },
});
const many = jsonSchema<{ payments: Paid[] }>({
  type: 'object',
  required: ['payments'],
  properties: { payments: { type: 'array', items: paid } },
});
const count = jsonSchema<{ count: number }>({
  type: 'object',
  required: ['count'],
  properties: { count: { type: 'integer' } },
});

export const till = contract('till', {
  version: 1,
  noun: 'payment',
  operations: {
    pay: command('POST /payments', { input: many, output: count, access: authenticated() }),
  },
  events: { paid: event({ version: 1, key: 'account', data: paid }) },
});
const books = contract('books', { version: 1, operations: {}, events: {} });

export const tillService = service(till, {
  handlers: {
    pay: commandHandler(till.pay, {
      decide: ({ input: { payments } }) => ({
        appends: payments.map((one) => append(`till/${one.account}`, [till.events.paid(one)])),
        reply: { count: payments.length },
      }),
    }),
  },
});

const balances = collection<{ sum: number }>('balances');

/** Balances by account; `staged` hears of each event whose effect waits for the flush. */
export const booksService = (staged: (account: string) => void) =>
  service(books, {
    handlers: {},
    collections: [balances],
    subscriptions: [
      subscription('balances', [
        on(till.events.paid, {
          load: ({ event: { key } }) => ({ now: one(balances, key) }),
          decide: ({ event: { key, data }, loaded: { now } }) => {
            staged(key);
            const sum = (now?.data.sum ?? 0) + data.amount;
            return { documents: [put(balances, key, { sum }, now?.revision ?? 0)] };
          },
        }),
      ]),
    ],
  });

const ACCOUNTS = 1_000;

/** `each` events a unit; a piece of work is over when every one has had its durable effect. */
export const offshootEvents = (kind: StoreKind, each: number): Contender => ({
  name: `Offshoot, ${kind.name}, ${each} a unit`,
  async open() {
    const room = await kind.room();
    if ('missing' in room) return room;
    const waiting = new Map<string, (() => void)[]>();
    let turn: string[] = [];
    const staged = (account: string) => {
      if (turn.push(account) > 1) return;
      queueMicrotask(() => {
        const done = turn;
        turn = [];
        void system
          .store('books')
          .settled()
          .then(() => {
            for (const account of done) waiting.get(account)?.shift()?.();
          });
      });
    };
    const system = await oneProcess([tillService, booksService(staged)], undefined, room);
    const call = caller(system);
    let next = 0;
    return {
      each,
      async run(index) {
        const accounts = Array.from({ length: each }, () => `account-${next++ % ACCOUNTS}`);
        const effects = accounts.map(
          (account) =>
            new Promise<void>((resolve) => {
              const line = waiting.get(account) ?? [];
              waiting.set(account, line);
              line.push(resolve);
            }),
        );
        const payments = accounts.map((account) => ({ account, amount: 1 }));
        await call(till.pay, { payments }, `pay-${index}`);
        await Promise.all(effects);
      },
      async check(runs) {
        const store = system.store('books');
        let sum = 0;
        for (let account = 0; account < ACCOUNTS; account += 1)
          sum += (await store.load(one(balances, `account-${account}`)))?.data.sum ?? 0;
        if (sum !== runs * each) throw new Error(`${sum} were booked of ${runs * each}`);
      },
      close: system.close,
    };
  },
});
