// Which services does the rebuild run on: one that tells of orders, one that shows them?
import { anyone, contract, event, jsonSchema, query, refusal, refuse } from 'offshoot/contract';
import { on } from 'offshoot/messaging';
import { projection } from 'offshoot/projection';
import { queryHandler, service } from 'offshoot/service';
import { collection, one, put } from 'offshoot/store';

export const STATUSES = ['placed', 'paid', 'packed', 'shipped', 'delivered'] as const;
export type Status = (typeof STATUSES)[number];

export interface Step {
  readonly orderId: string;
  readonly customerId: string;
  readonly amount: number;
}

const Told = jsonSchema<Step>({ type: 'object', required: ['orderId', 'customerId', 'amount'] });
const told = event({ version: 1, key: 'orderId', data: Told });

export const shop = contract('shop', {
  ...{ version: 1, noun: 'order', operations: {} },
  events: { placed: told, paid: told, packed: told, shipped: told, delivered: told },
});
export const shopService = service(shop, { handlers: {} });

/** The row of an order: `steps` only grows, so whoever sees it shrink was shown older rows. */
export interface Row {
  readonly orderId: string;
  readonly customerId: string;
  readonly status: Status;
  readonly steps: number;
  readonly paid: number;
  /** From version 2 on. */
  readonly history?: readonly string[];
}

const Wanted = jsonSchema<{ orderId: string }>({ type: 'object', required: ['orderId'] });
const Shown = jsonSchema<Row>({ type: 'object', required: ['orderId', 'steps'] });

export const desk = contract('desk', {
  version: 1,
  operations: {
    get: query('GET /orders/{orderId}', {
      ...{ input: Wanted, output: Shown, access: anyone() },
      refusals: { ORDER_NOT_FOUND: refusal(404) },
    }),
  },
  events: {},
});

export const rows = collection<Row>('rows');

function shown(version: 1 | 2) {
  const handlers = STATUSES.map((status) =>
    on(shop.events[status], {
      load: ({ event: { data } }) => ({ row: one(rows, data.orderId) }),
      decide({ event: { data, at }, loaded: { row } }) {
        const { orderId, customerId, amount } = data;
        const before = row?.data;
        const next: Row = {
          ...{ orderId, customerId, status, steps: (before?.steps ?? 0) + 1 },
          paid: status === 'paid' ? amount : (before?.paid ?? 0),
          ...(version === 2 ? { history: [...(before?.history ?? []), `${status} ${at}`] } : {}),
        };
        return { documents: [put(rows, orderId, next)] };
      },
    }),
  );
  const [first, ...rest] = handlers;
  return projection('rows', version, { collections: [rows], handlers: [first!, ...rest] });
}

/** The service with these versions of its projection. */
export const deskService = (...versions: readonly (1 | 2)[]) =>
  service(desk, {
    handlers: {
      get: queryHandler(desk.get, {
        load: ({ input }) => ({ row: one(rows, input.orderId) }),
        answer: ({ loaded: { row } }) => row?.data ?? refuse('ORDER_NOT_FOUND'),
      }),
    },
    projections: versions.map(shown),
  });
