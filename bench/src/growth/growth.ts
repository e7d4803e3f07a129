// Does a store stay as fast and as small when its log has grown? npm run growth -- --entries 1000000
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nodeRuntime } from 'offshoot/runtime/node';
import { append, collection, put, type Store, streamOf } from 'offshoot/store';
import { bench, seededRandom, testStamp } from 'offshoot/testing';

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const [large, seconds, rounds] = [values.entries, values.seconds, values.rounds].map(Number) as [
  number,
  number,
  number,
];
const SMALL = 10_000;
const FILL = 1_000; // entries a commit while the log is made
const IN_FLIGHT = 32;
const RECENT = 1_000;
const runtime = nodeRuntime();
const random = seededRandom(7);
const orders = collection<{ total: number; customer: string }>('orders', { indexes: ['customer'] });

interface Grown {
  readonly store: Store;
  readonly path: string;
  readonly streams: string[];
}

const event = (key: string, n: number) => ({
  ...{ type: 'order.changed', schema: 1, public: true, key },
  data: { orderId: key, n, items: [{ sku: 'OFF-0001', quantity: 2 }], note: 'x'.repeat(120) },
});

/** A store with a log of so many entries, four to a stream, and a document for each stream. */
async function grown(root: string, entries: number): Promise<Grown> {
  const path = join(root, `${entries}.db`);
  const { store } = bench({ runtime, path, collections: [orders] });
  const streams: string[] = [];
  for (let done = 0; done < entries; done += FILL) {
    const keys = Array.from({ length: FILL / 4 }, () => runtime.id());
    streams.push(...keys);
    await store.stage(
      {
        appends: keys.map((key) =>
          append(
            `order/${key}`,
            [1, 2, 3, 4].map((n) => event(key, n)),
          ),
        ),
        documents: keys.map((key) => put(orders, key, { total: 1, customer: key.slice(-4) })),
        stamp: testStamp(runtime.now()),
      },
      store.failures,
    );
  }
  return { store, path, streams };
}

/** One order: begun, or one of the recent ones read and gone on with; now and then an old one. */
async function work({ store, streams }: Grown): Promise<void> {
  const dice = random();
  const from = dice < 0.5 ? undefined : dice < 0.95 ? streams.length - RECENT : 0;
  const at = from === undefined ? -1 : from + Math.floor(random() * (streams.length - from));
  const key = at < 0 ? runtime.id() : streams[at]!;
  const { version } = await store.load(streamOf(`order/${key}`));
  if (at < 0) streams.push(key);
  await store.stage(
    {
      appends: [append(`order/${key}`, [event(key, version + 1)])],
      documents: [put(orders, key, { total: version, customer: key.slice(-4) })],
      stamp: testStamp(runtime.now()),
    },
    store.failures,
  );
}

interface Measured {
  readonly perSecond: number;
  /** Of processor time an order: what others on this machine do changes it little. */
  readonly cpuUs: number;
}

async function measured(it: Grown): Promise<Measured> {
  const cpu = process.cpuUsage();
  const begun = runtime.monotonic();
  const end = begun + seconds * 1_000;
  let done = 0;
  const client = async () => {
    while (runtime.monotonic() < end) {
      await work(it);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, client));
  const { user, system } = process.cpuUsage(cpu);
  const perSecond = done / ((runtime.monotonic() - begun) / 1_000);
  return { perSecond, cpuUs: (user + system) / done };
}

const median = (all: number[]) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)]!;
const megabytes = (bytes: number) => Math.round(bytes / 1e6);
const shown = ({ perSecond, cpuUs }: Measured) =>
  `${Math.round(perSecond)}/s at ${Math.round(cpuUs)} µs`;
const say = (line: string) => console.error(line);

const root = mkdtempSync(join(tmpdir(), 'offshoot-growth-'));
try {
  const small = await grown(root, SMALL);
  const before = process.memoryUsage().rss;
  const filling = runtime.monotonic();
  const big = await grown(root, large);
  say(`${large} entries written in ${Math.round((runtime.monotonic() - filling) / 1_000)} s`);
  const found: { readonly entries: number; readonly it: Grown; readonly all: Measured[] }[] = [
    { entries: SMALL, it: small, all: [] },
    { entries: large, it: big, all: [] },
  ];
  for (let round = 0; round < rounds; round += 1) {
    for (const { it, all } of found) all.push(await measured(it));
    say(found.map(({ entries, all }) => `${entries}: ${shown(all.at(-1)!)}`).join('   '));
  }
  const rows = found.map(({ entries, all }) => ({
    entries,
    perSecond: Math.round(median(all.map((one) => one.perSecond))),
    cpuUs: Math.round(median(all.map((one) => one.cpuUs))),
  }));
  const [low, high] = rows as [(typeof rows)[0], (typeof rows)[0]];
  const ratio = { perSecond: high.perSecond / low.perSecond, cpu: low.cpuUs / high.cpuUs };
  const rss = { before: megabytes(before), after: megabytes(process.memoryUsage().rss) };
  const file = megabytes(statSync(big.path).size);
  const outcome = { rows, ratio, rssMb: rss, fileMb: file };
  if (values.json) console.log(JSON.stringify(outcome));
  else console.log(JSON.stringify(outcome, null, 2));
} finally {
  rmSync(root, { recursive: true, force: true });
}
