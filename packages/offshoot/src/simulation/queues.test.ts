// Is an item of a queue done once and answered once, whatever fails on both sides?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, command, contract, fromService, jsonSchema } from '../contract/index.ts';
import { queue, work } from '../messaging/index.ts';
import { Principal } from '../security/index.ts';
import { commandHandler, service } from '../service/index.ts';
import { collection, every, one, put } from '../store/index.ts';
import type { Final } from './final.ts';
import { type Scenario, simulate } from './simulate.ts';

const SEEDS = 60;
const PHOTOS = 12;

const Id = jsonSchema<{ id: string }>({ type: 'object', required: ['id'] });
const media = contract('media', {
  version: 1,
  operations: {
    render: command('POST /renderings', { input: Id, output: Id, access: fromService('photos') }),
  },
  events: {},
});
const photos = contract('photos', {
  version: 1,
  operations: { add: command('POST /photos', { input: Id, output: Id, access: anyone() }) },
  events: {},
});

const rendered = collection<{ times: number }>('rendered');
const answered = collection<{ times: number }>('answered');

const thumbnails = queue('thumbnails', media.render, {
  concurrency: 3,
  replied: {
    load: ({ id }) => ({ row: one(answered, id) }),
    decide: ({ id, loaded }) => ({
      documents: [put(answered, id, { times: (loaded.row?.data.times ?? 0) + 1 })],
    }),
  },
});
const photoService = service(photos, {
  collections: [answered],
  queues: [thumbnails],
  handlers: {
    add: commandHandler(photos.add, {
      decide: ({ input }) => ({ work: [thumbnails.send(input.id, input)], reply: input }),
    }),
  },
});
const mediaService = service(media, {
  collections: [rendered],
  handlers: {
    render: commandHandler(media.render, {
      load: ({ input: { id } }) => ({ row: one(rendered, id) }),
      decide: ({ input, loaded }) => ({
        documents: [put(rendered, input.id, { times: (loaded.row?.data.times ?? 0) + 1 })],
        reply: input,
      }),
    }),
  },
});

const timesIn = ({ service: of }: Final, name: string, rows: typeof rendered) => {
  const found = of(name).store.load(every(rows)) as readonly { data: { times: number } }[];
  return found.map(({ data }) => data.times);
};

const scenario: Scenario = {
  hosts: { front: [photoService], back: [mediaService] },
  async workload(client) {
    const ada = new Principal({ kind: 'user', id: 'ada' });
    const ids = Array.from({ length: PHOTOS }, (_, n) => `p${n}`);
    await Promise.all(ids.map((id) => client.call(ada, photos.add, { id }, id)));
  },
  invariants(final) {
    const faults: string[] = [];
    const once = Array.from({ length: PHOTOS }, () => 1).join();
    for (const [name, rows] of [
      ['media', rendered],
      ['photos', answered],
    ] as const) {
      const times = timesIn(final, name, rows).join();
      if (times !== once) faults.push(`${rows.name} of ${name}: ${times}`);
    }
    const left = final.service('photos').store.load(every(work)) as readonly unknown[];
    if (left.length > 0) faults.push(`${left.length} items are left`);
    const { messages } = final.service('photos').queues[0]!.waiting;
    if (messages > 0) faults.push(`${messages} items are parked`);
    return faults;
  },
};

test(`PATTERNS 60: in ${SEEDS} worlds each item is done once and answered once`, async () => {
  let crashes = 0;
  for (let seed = 1n; seed <= SEEDS; seed += 1n) {
    const { violations, faults } = await simulate(scenario, seed);
    assert.deepEqual(violations, [], `seed ${seed}`);
    crashes += faults.crash;
  }
  assert.ok(crashes > 10, `only ${crashes} crashes`);
});
