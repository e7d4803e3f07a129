// Who talks in the messaging checks: a bakery that publishes and a town that counts?
import { anyone, contract, event, jsonSchema, query } from '../../contract/index.ts';
import {
  type Broker,
  type Consumer,
  consumer,
  type Feed,
  type FeedPage,
  type From,
  INBOX_COLLECTIONS,
  type Incoming,
  on,
  relay,
  type Subscription,
  subscription,
} from '../../messaging/index.ts';
import type { EventReach } from '../../store/index.ts';
import {
  append,
  collection,
  one,
  type Position,
  put,
  type Stamp,
  type UnitOfWork,
} from '../../store/index.ts';
import { SILENT } from '../../telemetry/index.ts';
import { type Bench, bench, testKeyring, testStamp } from '../bench.ts';
import { type ManualRuntime, manualRuntime } from '../manual-runtime.ts';
import type { MessagingAdapter } from '../messaging-adapter.ts';

export interface Loaf {
  readonly key: string;
  readonly n: number;
}
const loaf = jsonSchema<Loaf>({ type: 'object', required: ['key', 'n'] });
export const bakery = contract('bakery', {
  version: 1,
  noun: 'loaf',
  operations: {},
  events: {
    baked: event({ version: 1, key: 'key', data: loaf }),
    burnt: event({ version: 1, key: 'key', data: loaf }),
  },
});

const mill = contract('mill', {
  version: 1,
  operations: { grind: query('GET /flour', { input: loaf, output: loaf, access: anyone() }) },
  events: {},
});

/** What the town has eaten, by key: a list shows repeats, gaps and disorder. */
interface Eaten {
  readonly numbers: readonly number[];
}
export const eaten = collection<Eaten>('eaten');

export type Handle = (event: Incoming<Loaf>) => void | Promise<void>;

export interface Town {
  readonly runtime: ManualRuntime;
  readonly producer: Bench;
  readonly consuming: Bench;
  readonly consumer: Consumer;
  /** Publishes loaves `key` and `n`; 'burnt' ones nobody subscribes to. */
  bake(key: string, ...numbers: number[]): Promise<Position>;
  burn(key: string, n: number): Promise<void>;
  ate(key: string): Promise<readonly number[]>;
  /** Stops the consumer and starts another on the same store, as after a crash. */
  restart(): Promise<void>;
  /** What a page looks like on its way; undefined = dropped. */
  onTheWay(change: (page: FeedPage, deliver: (page: FeedPage) => void) => void): void;
  close(): Promise<void>;
}

export interface TownOptions {
  readonly from?: From;
  readonly waitingMax?: number;
  readonly handle?: Handle;
  readonly prepare?: Handle;
  /** What the mill does when the handler's `prepare` asks it. */
  readonly ask?: Handle;
  readonly feed?: (feed: Feed) => Feed;
  /** The consumer's timers without jitter: the floor rises every 250 ms. @default false */
  readonly steady?: boolean;
  /** Start the consumer at once. @default true */
  readonly started?: boolean;
}

function subscriptionOf(options: TownOptions): Subscription {
  const { from, waitingMax, handle, prepare, ask } = options;
  const eat = on(bakery.events.baked, {
    ...((prepare || ask) && {
      prepare: async ({ event: incoming }, reach: EventReach) => {
        await prepare?.(incoming);
        if (ask) await reach.ask(mill.grind, incoming.data);
      },
    }),
    load: ({ event: { key } }) => ({ row: one(eaten, key) }),
    decide: ({ event: incoming, loaded }) => {
      handle?.(incoming);
      const numbers = [...(loaded.row?.data.numbers ?? []), incoming.data.n];
      return { documents: [put(eaten, incoming.key, { numbers }, loaded.row?.revision ?? 0)] };
    },
  });
  return subscription('town.eat', [eat], {
    ...(from && { from }),
    ...(waitingMax && { waitingMax }),
  });
}

/** Lets a check stand between the broker and the consumer. */
function tampered(broker: Broker) {
  let way = (page: FeedPage, deliver: (page: FeedPage) => void) => deliver(page);
  return {
    broker: {
      publish: (page: FeedPage) => broker.publish(page),
      subscribe: (service: string, receive: (page: FeedPage) => void) =>
        broker.subscribe(service, (page) => way(page, receive)),
    },
    onTheWay(change: typeof way) {
      way = change;
    },
  };
}

/** A bakery and a town on stores of their own, the clock in the check's hand. */
export async function town(adapter: MessagingAdapter, options: TownOptions = {}): Promise<Town> {
  const runtime = manualRuntime();
  const keyring = testKeyring(runtime);
  const producer = bench({ runtime, keyring, service: 'bakery' });
  const collections = [...INBOX_COLLECTIONS, eaten];
  const consuming = bench({ runtime, keyring, service: 'town', collections });
  const { broker, onTheWay } = tampered(adapter.broker(runtime));
  const stopRelay = relay('bakery', producer.store, broker, { runtime, logger: SILENT });
  const plain = adapter.feed('bakery', producer.store);
  const feed = options.feed?.(plain) ?? plain;
  const stamp = (): Stamp => testStamp(runtime.now());
  const context = {
    ...consuming,
    ...(options.steady && { runtime: { ...runtime, random: () => 0.5 } }),
    ...{ service: 'town', feed, broker, logger: SILENT, stamp },
    lower: (unit: Omit<UnitOfWork, 'reply'>, by: Stamp) => ({
      appends: unit.appends ?? [],
      documents: unit.documents ?? [],
      stamp: by,
    }),
    reach: () =>
      ({
        ask: async (_: unknown, data: Loaf) => options.ask?.({ data } as Incoming<Loaf>),
      }) as unknown as EventReach,
  };
  const made = subscriptionOf(options);
  let current = consumer(made, context);
  const start = async () => {
    await current.start();
    await runtime.settle();
  };
  const publish = async (events: readonly ReturnType<typeof bakery.events.baked>[]) => {
    const appends = events.map((each) => append(`loaf/${each.key}`, [each]));
    const change = { appends, documents: [], stamp: stamp() };
    return (await producer.store.stage(change, producer.store.failures)).position;
  };
  if (options.started ?? true) await start();
  return {
    ...{ runtime, producer, consuming, onTheWay },
    get consumer() {
      return current;
    },
    bake: (key, ...numbers) => publish(numbers.map((n) => bakery.events.baked({ key, n }))),
    burn: async (key, n) => void (await publish([bakery.events.burnt({ key, n })])),
    ate: async (key) => (await consuming.store.load(one(eaten, key)))?.data.numbers ?? [],
    async restart() {
      current.stop();
      await runtime.settle();
      current = consumer(made, context);
      await start();
    },
    async close() {
      current.stop();
      stopRelay();
      await runtime.settle();
      await producer.store.close();
      await consuming.store.close();
    },
  };
}

/** Runs a check in a town of its own and closes it whatever happens. */
export const inTown =
  (adapter: MessagingAdapter, options: TownOptions, body: (it: Town) => Promise<void>) =>
  async (): Promise<void> => {
    const it = await town(adapter, options);
    try {
      await body(it);
    } finally {
      await it.close();
    }
  };
