// What do two releases of a stall and its bank agree on, and what does the next one add?
import { anyone, command, contract, event, fromService, query, refusal } from 'offshoot/contract';
import { z } from 'zod';

export type Edition = 'before' | 'next';

export const Order = z.object({ id: z.string() });
const Done = z.object({});
const After = z.object({ after: z.string() });
const Referenced = Order.extend({ reference: z.string().default('none') });
const Tally = z.object({ accounts: z.array(z.record(z.string(), z.unknown())) });

const mine = { output: Done, access: fromService('stall') };
const operations = <S extends typeof Order | typeof Referenced>(input: S) => ({
  hold: command('POST /holds', { ...mine, input: Order }),
  release: command('POST /releases', { ...mine, input: Order }),
  capture: command('POST /captures', { ...mine, input, refusals: { DECLINED: refusal(409) } }),
  tally: query('GET /tally', { input: After, output: Tally, access: anyone() }),
});

export const bankBefore = contract('bank', {
  version: 1,
  operations: operations(Order),
  events: { captured: event({ version: 1, key: 'id', data: Order }) },
});

/** One more operation, one more field of another, and an event in a new version. */
export const bankNext = contract('bank', {
  version: 1,
  operations: {
    ...operations(Referenced),
    receipt: command('POST /receipts', { ...mine, input: Order }),
  },
  events: {
    captured: event({
      ...{ version: 2, key: 'id', data: Referenced },
      upcasts: { 1: (data) => ({ ...data, reference: 'none' }) },
    }),
  },
});

const Known = Order.extend({ status: z.string(), by: z.string(), heard: z.int() });

export const stall = contract('stall', {
  version: 1,
  operations: {
    order: command('POST /orders', { input: Order, output: Done, access: anyone() }),
    confirm: command('POST /confirmations', { ...mine, input: Order }),
    orders: query('GET /orders', {
      ...{ input: After, output: z.object({ orders: z.array(Known) }), access: anyone() },
    }),
  },
  events: {},
});
