// Do calls that were written against the pinned signatures still compile? Read by `tsc` only.
import {
  anyone,
  authenticated,
  command,
  contract,
  event,
  fromService,
  type InputFor,
  jsonSchema,
  outside,
  personal,
  query,
  type ResultFor,
  refusal,
  refuse,
} from '../contract/index.ts';
import { on, subscription } from '../messaging/index.ts';
import type { Cancel, Cryptography, Database, Runtime } from '../runtime/index.ts';
import { compensation, type SagaDefinition, saga } from '../saga/index.ts';
import { commandHandler, queryHandler, service } from '../service/index.ts';
import { append, collection, one, put, type UnitOfWork } from '../store/index.ts';

interface Order {
  readonly orderId: string;
  readonly email: string;
}
const order = jsonSchema<Order>({ type: 'object' });
const stock = jsonSchema<{ readonly sku: string; readonly available: number }>({ type: 'object' });

export const inventory = contract('inventory', {
  version: 1,
  noun: 'inventory',
  at: 'inventory',
  operations: {
    reserve: command('POST /reservations', {
      summary: 'Holds stock for an order',
      key: 'orderId',
      input: order,
      output: stock,
      refusals: { OUT_OF_STOCK: refusal(409, stock), CLOSED: refusal(403) },
      access: fromService('orders'),
      criticality: 'critical',
      deadlineMs: 2_000,
      status: 201,
      location: '/reservations/{sku}',
      idempotencyKey: 'required',
      rateLimit: { windowMs: 60_000, max: 100, per: 'principal' },
    }),
    release: command('POST /releases', { input: order, output: stock, access: authenticated() }),
    look: query('GET /stock/{sku}', {
      input: order,
      output: stock,
      access: anyone(),
      cache: { maxAgeMs: 5_000, dropOn: ['reserved'] },
    }),
  },
  events: {
    reserved: event({
      version: 1,
      key: 'orderId',
      data: order,
      personal: personal('orderId', ['email']),
    }),
  },
});

export const provider = outside('provider', {
  idempotent: 'by-key',
  deadlineMs: 4_000,
  calls: { charge: { input: order, output: stock } },
});

export const input: InputFor<typeof inventory.reserve> = { orderId: '1', email: 'a@b' };
export const result: ResultFor<typeof inventory.look> = { sku: 's', available: 1 };

const rows = collection<Order>('rows', { indexes: ['orderId'] });

export const unit: UnitOfWork<{ readonly ok: boolean }> = {
  appends: [append('order/1', [inventory.events.reserved(input)], 0)],
  documents: [put(rows, '1', input, 0)],
  sagas: [],
  reply: { ok: true },
};

export const checkout: SagaDefinition<Order> = saga('checkout', {
  version: 1,
  input: order,
  deadlineMs: 600_000,
})
  .step('reserve', inventory.reserve, {
    input: ({ input: given }) => given,
    compensate: compensation(inventory.release, ({ input: given }) => given),
  })
  .pivot('capture', inventory.reserve, { input: ({ input: given }) => given })
  .step('look', inventory.look, {
    input: ({ input: given, results }) => ({ ...given, email: results.capture.sku }),
  })
  .end({ compensated: { decide: ({ reason }) => ({ documents: [put(rows, reason, input)] }) } });

export const definition = service(inventory, {
  handlers: {
    reserve: commandHandler(inventory.reserve, {
      prepare: async ({ input: given }, reach) => {
        const answer = await reach.outside(provider).charge(given);
        const other = await reach.ask(inventory.look, given);
        return 'refusal' in other ? refuse('CLOSED') : answer;
      },
      load: ({ input: { orderId } }) => ({ row: one(rows, orderId) }),
      decide: ({ loaded, prepared, id, at, principal }) =>
        loaded.row
          ? refuse('OUT_OF_STOCK', prepared)
          : {
              appends: [append(`order/${id}`, [inventory.events.reserved(input)])],
              reply: { sku: principal.id, available: at },
            },
    }),
    release: commandHandler(inventory.release, { decide: () => ({ reply: result }) }),
    look: queryHandler(inventory.look, { answer: () => result }),
  },
  collections: [rows],
  subscriptions: [
    subscription('rows', [
      on(inventory.events.reserved, {
        load: ({ event: { data } }) => ({ row: one(rows, data.orderId) }),
        decide: ({ event: { data }, loaded }) =>
          loaded.row ? undefined : { documents: [put(rows, data.orderId, data)] },
      }),
    ]),
  ],
  sagas: [checkout],
});

/** What every runtime offers: nothing of it may go or change its meaning. */
export interface PinnedRuntime {
  now(): number;
  monotonic(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  after(ms: number, task: () => void): Cancel;
  endOfTurn(task: () => void): void;
  random(): number;
  randomBytes(length: number): Uint8Array;
  id(): string;
  readonly cryptography: Cryptography;
  openDatabase(path: string, options?: { readonly readOnly?: boolean }): Database;
}
export const keeps = (runtime: Runtime): PinnedRuntime => runtime;
