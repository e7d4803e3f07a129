// How does each release of the stall and of the bank do its work, so that a test can count what was done?
import { refuse } from 'offshoot/contract';
import { on, subscription } from 'offshoot/messaging';
import { compensation, saga } from 'offshoot/saga';
import { commandHandler, queryHandler, type ServiceDefinition, service } from 'offshoot/service';
import { append, collection, every, one, put } from 'offshoot/store';
import { bankBefore, bankNext, type Edition, Order, stall } from './editions.ts';

/** Written by two releases: each keeps the fields that it does not know. */
interface Account {
  readonly id: string;
  readonly captures: number;
  readonly receipts?: number;
  readonly released?: boolean;
}
const accounts = collection<Account>('accounts');
const PAGE = 500;
/** Those cannot pay: their sagas have something to undo. */
const isPoor = (id: string) => id.startsWith('poor');

const found = ({ input }: { input: { id: string } }) => ({ found: one(accounts, input.id) });
const account = (id: string, loaded: { found: { data: Account } | undefined }): Account =>
  loaded.found?.data ?? { id, captures: 0 };

export function bank(edition: Edition): ServiceDefinition {
  const of = edition === 'next' ? bankNext : bankBefore;
  const { hold, release, capture, tally } = of as typeof bankBefore;
  const captured = of.events.captured as typeof bankBefore.events.captured;
  const handlers = {
    hold: commandHandler(hold, {
      load: found,
      decide: ({ input: { id }, loaded }) => ({
        documents: [put(accounts, id, account(id, loaded))],
        reply: {},
      }),
    }),
    release: commandHandler(release, {
      load: found,
      decide: ({ input: { id }, loaded }) => ({
        documents: [put(accounts, id, { ...account(id, loaded), released: true })],
        reply: {},
      }),
    }),
    capture: commandHandler(capture, {
      load: found,
      decide: ({ input, loaded }) => {
        const { id } = input;
        if (isPoor(id)) return refuse('DECLINED');
        const before = account(id, loaded);
        return {
          appends: [append(`account/${id}`, [captured(input)])],
          documents: [put(accounts, id, { ...before, captures: before.captures + 1 })],
          reply: {},
        };
      },
    }),
    tally: queryHandler(tally, {
      load: ({ input }) => ({ all: every(accounts, { ...input, limit: PAGE }) }),
      answer: ({ loaded }) => ({ accounts: loaded.all.map(({ data }) => ({ ...data })) }),
    }),
  };
  if (edition === 'before') return service(bankBefore, { collections: [accounts], handlers });
  const receipt = commandHandler(bankNext.receipt, {
    load: found,
    decide: ({ input: { id }, loaded }) => {
      const before = account(id, loaded);
      const receipts = (before.receipts ?? 0) + 1;
      return { documents: [put(accounts, id, { ...before, receipts })], reply: {} };
    },
  });
  return service(bankNext, {
    collections: [accounts],
    handlers: { ...(handlers as any), receipt },
  });
}

interface Kept {
  readonly id: string;
  readonly status: 'open' | 'confirmed' | 'refused';
  /** Which release accepted it. */
  readonly by: Edition;
}
const orders = collection<Kept>('orders');
const heard = collection<{ readonly times: number }>('heard');

const whole = ({ input }: { input: { id: string } }) => input;
const ended = (status: Kept['status']) => ({
  load: ({ input }: { input: { id: string } }) => ({ order: one(orders, input.id) }),
  decide: ({ input, loaded }: { input: { id: string }; loaded: any }) => ({
    documents: [put(orders, input.id, { ...loaded.order.data, status }, loaded.order.revision)],
  }),
});

const purchase = saga('purchase', { version: 1, input: Order })
  .step('hold', bankBefore.hold, {
    input: whole,
    compensate: compensation(bankBefore.release, whole),
  })
  .pivot('capture', bankBefore.capture, { input: whole })
  .step('confirm', stall.confirm, { input: whole })
  .end({ compensated: ended('refused') });

/** Uses what only the next bank knows: a field of the pivot, and an operation behind it. */
const purchaseNext = saga('purchase', { version: 2, input: Order })
  .step('hold', bankNext.hold, {
    input: whole,
    compensate: compensation(bankNext.release, whole),
  })
  .pivot('capture', bankNext.capture, {
    input: ({ input: { id } }) => ({ id, reference: `order ${id}` }),
  })
  .step('receipt', bankNext.receipt, { input: whole })
  .step('confirm', stall.confirm, { input: whole })
  .end({ compensated: ended('refused') });

export function stallOf(edition: Edition): ServiceDefinition {
  const newest = edition === 'next' ? purchaseNext : purchase;
  const { captured } = (edition === 'next' ? bankNext : bankBefore).events;
  return service(stall, {
    collections: [orders, heard],
    sagas: edition === 'next' ? [purchase, purchaseNext] : [purchase],
    handlers: {
      order: commandHandler(stall.order, {
        decide: ({ input: { id } }) => ({
          documents: [put(orders, id, { id, status: 'open', by: edition }, 0)],
          sagas: [newest.start(id, { id })],
          reply: {},
        }),
      }),
      confirm: commandHandler(stall.confirm, {
        load: ({ input }) => ({ order: one(orders, input.id) }),
        decide: ({ input: { id }, loaded: { order } }) => ({
          documents: [put(orders, id, { ...order!.data, status: 'confirmed' }, order!.revision)],
          reply: {},
        }),
      }),
      orders: queryHandler(stall.orders, {
        load: ({ input }) => ({
          all: every(orders, { ...input, limit: PAGE }),
          told: every(heard, { ...input, limit: PAGE }),
        }),
        answer: ({ loaded: { all, told } }) => {
          const times = new Map(told.map(({ id, data }) => [id, data.times]));
          return { orders: all.map(({ id, data }) => ({ ...data, heard: times.get(id) ?? 0 })) };
        },
      }),
    },
    subscriptions: [
      subscription('captured', [
        on(captured as typeof bankBefore.events.captured, {
          load: ({ event: { data } }) => ({ before: one(heard, data.id) }),
          decide: ({ event: { data }, loaded: { before } }) => ({
            documents: [put(heard, data.id, { times: (before?.data.times ?? 0) + 1 })],
          }),
        }),
      ]),
    ],
  });
}
