// Which small services are crashed? A till that takes money and sends it on, and its ledger.
import { anyone, command, contract, event, refusal, refuse } from 'offshoot/contract';
import { on, subscription } from 'offshoot/messaging';
import { compensation, saga } from 'offshoot/saga';
import { commandHandler, onTimer, type ServiceDefinition, service } from 'offshoot/service';
import { append, collection, one, privateEvent, put } from 'offshoot/store';
import { recordSchema } from './record-schema.ts';

/** What a client asks for; its id is its idempotency key too. */
export interface Sum {
  readonly id: string;
  readonly account: string;
  readonly amount: number;
}

/** `life` numbers the process that wrote it: of one log they never go down. */
export interface Written {
  readonly life: number;
}

const sum = { id: 'string', account: 'string', amount: 'number' } as const;
const Sum = recordSchema<Sum>(sum);
const Taken = recordSchema<Sum & Written>({ ...sum, life: 'number' });
const Done = recordSchema<{ readonly ref: string }>({ ref: 'string' });

const does = (route: string) =>
  command(route, {
    input: Sum,
    output: Done,
    refusals: { NO: refusal(409) },
    access: anyone(),
  });

export const till = contract('till', {
  version: 1,
  noun: 'payment',
  operations: {
    pay: does('POST /payments'),
    transfer: does('POST /transfers'),
    confirm: does('POST /confirm'),
  },
  events: { taken: event({ version: 1, key: 'account', data: Taken }) },
});

export const ledger = contract('ledger', {
  version: 1,
  operations: { hold: does('POST /hold'), free: does('POST /free'), charge: does('POST /charge') },
  events: {},
});

/** `times` and `receipts` count effects, so that a repeat shows. */
export interface Payment extends Sum {
  readonly times: number;
  readonly receipts: number;
}
export interface Total {
  readonly sum: number;
  readonly count: number;
}
export interface Transfer {
  readonly times: number;
  readonly ended: number;
  readonly status: 'accepted' | 'confirmed' | 'cancelled';
}
export interface Hold {
  readonly held: number;
  readonly freed: number;
  readonly charged: number;
}

export const payments = collection<Payment>('payments');
export const drawers = collection<Total>('drawers');
export const transfers = collection<Transfer>('transfers');
export const holds = collection<Hold>('holds');
export const accounts = collection<Total>('accounts');

/** One in ten: the pivot says no, and what was held is freed. */
export const isRefused = ({ amount }: Sum) => amount % 10 === 7;
const RECEIPT_MS = 20;

const added = (to: { readonly data: Total } | undefined, amount: number): Total => ({
  sum: (to?.data.sum ?? 0) + amount,
  count: (to?.data.count ?? 0) + 1,
});

export const transferring = saga('transferring', { version: 1, input: Sum, deadlineMs: 600_000 })
  .step('hold', ledger.hold, {
    input: ({ input }) => input,
    compensate: compensation(ledger.free, ({ input }) => input),
  })
  .pivot('charge', ledger.charge, { input: ({ input }) => input })
  .step('confirm', till.confirm, { input: ({ input }) => input })
  .end({
    compensated: {
      load: ({ input }) => ({ found: one(transfers, input.id) }),
      decide: ({ input, loaded: { found } }) => ({
        documents: [put(transfers, input.id, endedOf(found?.data, 'cancelled'))],
      }),
    },
  });

const endedOf = (found: Transfer | undefined, status: Transfer['status']): Transfer => ({
  times: found?.times ?? 0,
  ended: (found?.ended ?? 0) + 1,
  status,
});

function tillService(life: number): ServiceDefinition {
  return service(till, {
    collections: [payments, drawers, transfers],
    sagas: [transferring],
    timers: [
      onTimer('receipt', {
        load: ({ id }) => ({ payment: one(payments, id) }),
        decide: ({ id, loaded: { payment } }) =>
          payment && {
            documents: [
              put(payments, id, { ...payment.data, receipts: payment.data.receipts + 1 }),
            ],
          },
      }),
    ],
    handlers: {
      pay: commandHandler(till.pay, {
        load: ({ input }) => ({
          payment: one(payments, input.id),
          drawer: one(drawers, input.account),
        }),
        decide: ({ input, at, loaded: { payment, drawer } }) => {
          const { id, account, amount } = input;
          const times = (payment?.data.times ?? 0) + 1;
          const receipts = payment?.data.receipts ?? 0;
          return {
            appends: [append(`payment/${id}`, [till.events.taken({ ...input, life })])],
            documents: [
              put(payments, id, { ...input, times, receipts }),
              put(drawers, account, added(drawer, amount), drawer?.revision ?? 0),
            ],
            timers: [{ name: 'receipt', id, due: at + RECEIPT_MS }],
            reply: { ref: `${id} at ${at}` },
          };
        },
      }),
      transfer: commandHandler(till.transfer, {
        load: ({ input }) => ({ found: one(transfers, input.id) }),
        decide: ({ input, at, loaded: { found } }) => {
          const { id } = input;
          const times = (found?.data.times ?? 0) + 1;
          return {
            appends: [append(`transfer/${id}`, [privateEvent('transfer.accepted', { life }, id)])],
            documents: [put(transfers, id, { times, ended: 0, status: 'accepted' as const })],
            sagas: found ? [] : [transferring.start(id, input)],
            reply: { ref: `${id} at ${at}` },
          };
        },
      }),
      confirm: commandHandler(till.confirm, {
        load: ({ input }) => ({ found: one(transfers, input.id) }),
        decide: ({ input: { id }, loaded: { found } }) => ({
          appends: [append(`transfer/${id}`, [privateEvent('transfer.confirmed', { life }, id)])],
          documents: [put(transfers, id, endedOf(found?.data, 'confirmed'))],
          reply: { ref: id },
        }),
      }),
    },
  });
}

const NONE: Hold = { held: 0, freed: 0, charged: 0 };

function ledgerService(life: number): ServiceDefinition {
  const counts = (operation: typeof ledger.hold, what: keyof Hold) =>
    commandHandler(operation, {
      load: ({ input }) => ({ found: one(holds, input.id) }),
      decide: ({ input, loaded: { found } }) => {
        if (what === 'charged' && isRefused(input)) return refuse('NO');
        const hold = found?.data ?? NONE;
        return {
          appends: [append(`hold/${input.id}`, [privateEvent(`hold.${what}`, { life }, input.id)])],
          documents: [put(holds, input.id, { ...hold, [what]: hold[what] + 1 })],
          reply: { ref: input.id },
        };
      },
    });
  return service(ledger, {
    collections: [holds, accounts],
    handlers: {
      hold: counts(ledger.hold, 'held'),
      free: counts(ledger.free, 'freed'),
      charge: counts(ledger.charge, 'charged'),
    },
    subscriptions: [
      subscription('booking', [
        on(till.events.taken, {
          load: ({ event: { data } }) => ({ account: one(accounts, data.account) }),
          decide: ({ event: { id, data }, loaded: { account } }) => ({
            appends: [
              append(`account/${data.account}`, [
                privateEvent('account.booked', { life, event: id }, data.account),
              ]),
            ],
            documents: [
              put(accounts, data.account, added(account, data.amount), account?.revision ?? 0),
            ],
          }),
        }),
      ]),
    ],
  });
}

/** The two services as the process of this number runs them. */
export const harnessServices = (life: number): readonly [ServiceDefinition, ServiceDefinition] => [
  tillService(life),
  ledgerService(life),
];
