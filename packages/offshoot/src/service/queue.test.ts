// Does work that a service sends get done by another and come back, in its own commits?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  anyone,
  command,
  contract,
  event,
  fromService,
  isRefused,
  jsonSchema,
  refusal,
  refuse,
} from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import { queue } from '../messaging/index.ts';
import { saga } from '../saga/index.ts';
import { append, collection, one, put } from '../store/index.ts';
import { type System, system } from '../testing/index.ts';
import { commandHandler, service } from './index.ts';

interface Photo {
  readonly id: string;
}
const Photo = jsonSchema<Photo>({ type: 'object', required: ['id'] });
const Rendering = jsonSchema<{ url: string }>({ type: 'object', required: ['url'] });

const media = contract('media', {
  version: 1,
  operations: {
    render: command('POST /renderings', {
      input: Photo,
      output: Rendering,
      refusals: { NO_PICTURE: refusal(409) },
      access: fromService('photos'),
    }),
  },
  events: {},
});
const open = { input: Photo, output: Photo, access: anyone() };
const photos = contract('photos', {
  version: 1,
  noun: 'photo',
  operations: {
    add: command('POST /photos', { ...open, refusals: { TAKEN: refusal(409) } }),
    publish: command('POST /publications', open),
    rendered: command('POST /renderings', open),
  },
  events: { rendered: event({ version: 1, key: 'id', data: Photo }) },
});

interface Row {
  readonly url: string;
}
const rows = collection<Row>('photos');
const rendered = collection<{ readonly times: number }>('rendered');

const thumbnails = queue('thumbnails', media.render, {
  replied: {
    decide: ({ id, reply }) => ({
      documents: [put(rows, id, { url: isRefused(reply) ? reply.refusal : reply.url })],
      appends: [append(`photo/${id}`, [photos.events.rendered({ id })])],
    }),
  },
});

const publishing = saga('publishing', { version: 1, input: Photo })
  .pivot('rendered', photos.rendered, { input: ({ input }) => input })
  .end();

const photoService = service(photos, {
  collections: [rows],
  queues: [thumbnails],
  sagas: [publishing],
  handlers: {
    add: commandHandler(photos.add, {
      load: ({ input: { id } }) => ({ row: one(rows, id) }),
      decide: ({ input, loaded }) =>
        loaded.row
          ? refuse('TAKEN')
          : {
              documents: [put(rows, input.id, { url: '' }, 0)],
              work: [thumbnails.send(input.id, input)],
              reply: input,
            },
    }),
    publish: commandHandler(photos.publish, {
      decide: ({ input }) => ({
        documents: [put(rows, input.id, { url: '' })],
        work: [thumbnails.send(input.id, input)],
        sagas: [publishing.start(input.id, input)],
        reply: input,
      }),
    }),
    rendered: commandHandler(photos.rendered, {
      load: ({ input: { id } }) => ({ row: one(rows, id) }),
      decide({ input, loaded }) {
        if (loaded.row?.data.url) return { reply: input };
        throw new OffshootError('OUTCOME_PENDING', `${input.id} is not rendered yet`);
      },
    }),
  },
});

const worker = { slowMs: 0, runtime: undefined as System['runtime'] | undefined };
const mediaService = service(media, {
  collections: [rendered],
  handlers: {
    render: commandHandler(media.render, {
      async prepare() {
        if (worker.slowMs > 0) await worker.runtime?.sleep(worker.slowMs);
      },
      load: ({ input: { id } }) => ({ row: one(rendered, id) }),
      decide: ({ input: { id }, loaded }) =>
        id === 'empty'
          ? refuse('NO_PICTURE')
          : {
              documents: [put(rendered, id, { times: (loaded.row?.data.times ?? 0) + 1 })],
              reply: { url: `/${id}.png` },
            },
    }),
  },
});

async function studio(body: (it: System) => Promise<void>): Promise<void> {
  const it = await system([photoService, mediaService]);
  Object.assign(worker, { slowMs: 0, runtime: it.runtime });
  try {
    await body(it);
  } finally {
    await it.close();
  }
}

const urlOf = async (it: System, id: string) =>
  (await it.store('photos').load(one(rows, id)))?.data.url;
const timesOf = async (it: System, id: string) =>
  (await it.store('media').load(one(rendered, id)))?.data.times;

test('work is sent with the commit, done by the worker, and answered in a commit of the sender', () =>
  studio(async (it) => {
    await it.invoke(photos.add, { id: 'p1' });
    await it.runtime.settle();
    assert.deepEqual([await urlOf(it, 'p1'), await timesOf(it, 'p1')], ['/p1.png', 1]);
    const { entries } = await it.store('photos').readLog({ epoch: 1, seq: 0 }, 10);
    assert.deepEqual(
      entries.map(({ type, correlation, actor }) => [type, correlation, actor]),
      [['photo.rendered', 'correlation', 'service:photos']],
    );
    assert.deepEqual(await it.invoke(photos.add, { id: 'p1' }), {
      ...{ refusal: 'TAKEN', data: undefined },
    });
    await it.runtime.advance(10_000);
    assert.equal(await timesOf(it, 'p1'), 1);
  }));

test('what the commit loses was never sent', () =>
  studio(async (it) => {
    const calls: string[] = [];
    it.way((call, next) => {
      calls.push(call.operation);
      return next(call);
    });
    it.failNextFlush('photos');
    await it.invoke(photos.add, { id: 'p1' }, { key: 'k' }); // its second run succeeds
    await it.runtime.advance(1_000);
    assert.deepEqual([calls.sort(), await timesOf(it, 'p1')], [['add', 'render'], 1]);
  }));

test('a declared refusal of the worker is an answer', () =>
  studio(async (it) => {
    await it.invoke(photos.add, { id: 'empty' });
    await it.runtime.advance(1_000);
    assert.equal(await urlOf(it, 'empty'), 'NO_PICTURE');
    assert.equal(it.service('photos').queues[0]?.waiting.messages, 0);
  }));

test('an answer that is lost on the way is asked for again with the same key: one effect', () =>
  studio(async (it) => {
    let asked = 0;
    it.way(async (call, next) => {
      const reply = await next(call);
      if (call.operation !== 'render') return reply;
      asked += 1;
      if (asked > 2) return reply;
      return { kind: 'error', error: new OffshootError('UNAVAILABLE', 'lost').toJSON() };
    });
    await it.invoke(photos.add, { id: 'p1' });
    await it.runtime.advance(10_000);
    assert.deepEqual([asked, await urlOf(it, 'p1'), await timesOf(it, 'p1')], [3, '/p1.png', 1]);
  }));

test('a restart of the sender in the middle of the work loses nothing and doubles nothing', () =>
  studio(async (it) => {
    worker.slowMs = 1_000;
    await it.invoke(photos.add, { id: 'p1' });
    await it.runtime.advance(500);
    await it.restart('photos');
    await it.runtime.advance(30_000);
    assert.deepEqual([await urlOf(it, 'p1'), await timesOf(it, 'p1')], ['/p1.png', 1]);
  }));

test('a step of a saga waits for the answer', () =>
  studio(async (it) => {
    worker.slowMs = 3_000;
    await it.invoke(photos.publish, { id: 'p1' });
    await it.runtime.advance(2_000);
    const status = async () => (await it.service('photos').sagas.show('p1'))?.record.status;
    assert.notEqual(await status(), 'completed');
    await it.runtime.advance(60_000);
    assert.deepEqual([await status(), await urlOf(it, 'p1')], ['completed', '/p1.png']);
  }));

test('what is sent must be what the operation takes', () => {
  // @ts-expect-error: a photo has an id
  assert.deepEqual(thumbnails.send('p1', {}).queue, 'thumbnails');
});
