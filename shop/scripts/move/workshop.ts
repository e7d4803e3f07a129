// Which services does a host run whose store moves, so that a test can count what was done and heard?

import { postgresStores } from '@offshoot/postgres/topology';
import { anyone, command, contract, event, jsonSchema, query } from 'offshoot/contract';
import { type Topology, topology } from 'offshoot/host';
import { on, subscription } from 'offshoot/messaging';
import { commandHandler, queryHandler, service } from 'offshoot/service';
import { append, collection, every, one, put } from 'offshoot/store';

interface Added {
  readonly id: string;
  readonly n: number;
}
/** Of one counter: the last addition, and how many did not follow on the one before. */
interface Heard {
  readonly n: number;
  readonly wrong: number;
}
const named = jsonSchema<{ id: string }>({
  ...{ type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
});
const added = jsonSchema<Added>({
  ...{ type: 'object', required: ['id', 'n'] },
  properties: { id: { type: 'string' }, n: { type: 'integer' } },
});
const anything = jsonSchema<any>({ type: 'object' });

const counters = contract('counters', {
  version: 1,
  operations: {
    add: command('POST /', { input: named, output: anything, access: anyone() }),
    all: query('GET /', { input: anything, output: anything, access: anyone() }),
  },
  events: { added: event({ version: 1, key: 'id', data: added }) },
});
const tally = contract('tally', {
  version: 1,
  operations: { all: query('GET /', { input: anything, output: anything, access: anyone() }) },
  events: {},
});

const counts = collection<{ readonly count: number }>('counts');
const heard = collection<Heard>('heard');

const countersService = service(counters, {
  collections: [counts],
  handlers: {
    add: commandHandler(counters.add, {
      load: ({ input }) => ({ found: one(counts, input.id) }),
      decide: ({ input: { id }, loaded }) => {
        const n = (loaded.found?.data.count ?? 0) + 1;
        return {
          appends: [append(`counter/${id}`, [counters.events.added({ id, n })])],
          documents: [put(counts, id, { count: n })],
          reply: { n },
        };
      },
    }),
    all: queryHandler(counters.all, {
      load: () => ({ found: every(counts, { limit: 1_000 }) }),
      answer: ({ loaded }) =>
        Object.fromEntries(loaded.found.map(({ id, data }) => [id, data.count])),
    }),
  },
});

/** Hears of each addition once and in order; what is lost or doubled it counts as wrong. */
const tallyService = service(tally, {
  collections: [heard],
  handlers: {
    all: queryHandler(tally.all, {
      load: () => ({ found: every(heard, { limit: 1_000 }) }),
      answer: ({ loaded }) => Object.fromEntries(loaded.found.map(({ id, data }) => [id, data])),
    }),
  },
  subscriptions: [
    subscription('additions', [
      on(counters.events.added, {
        load: ({ event: { data } }) => ({ found: one(heard, data.id) }),
        decide: ({ event: { data }, loaded }) => {
          const { n, wrong } = loaded.found?.data ?? { n: 0, wrong: 0 };
          const now = { n: data.n, wrong: wrong + (data.n === n + 1 ? 0 : 1) };
          return { documents: [put(heard, data.id, now)] };
        },
      }),
    ]),
  ],
});

const edge = {
  contracts: [counters, tally],
  tokens: { issuer: 'toy', audience: 'toy', keys: async () => [] },
};

export const workshop: Topology = topology({
  name: 'workshop',
  hosts: [
    { name: 'workshop', services: [countersService, tallyService], edge, listen: { port: 0 } },
  ],
  store: { kind: 'sqlite' },
  destinations: [postgresStores()],
  limits: { factor: 100_000 },
  secrets: { master: { env: 'WORKSHOP_KEY', file: 'master.key' } },
});
