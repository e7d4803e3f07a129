// What becomes of a system whose stores are put back to an earlier moment?
import { finishReplacement, replaceFiles } from '../../host/index.ts';
import type { Consumer } from '../../messaging/index.ts';
import { ANONYMOUS } from '../../security/index.ts';
import { every, isAfter } from '../../store/index.ts';
import type { Client } from '../client.ts';
import type { Final } from '../final.ts';
import type { Fleet } from '../fleet.ts';
import { life } from '../life.ts';
import type { Drill } from '../simulate.ts';
import type { TableCopy } from '../table-copy.ts';
import { folderOf } from './folder.ts';
import { librarianService, press, pressService, readerService, readings } from './page-services.ts';

const HOST = 'press';
/** All of the host's stores, as of one moment. */
const NAMES = ['press.db', 'librarian.db'] as const;
const SHELVES = 3;
const PAGES_MIN = 2;
const PAGES_MAX = 5;
const PAUSE_MS_MAX = 300;
const LOOK_MS = 100;
const FOLDER = '/data';
/** Changes of files that a restore of two stores makes. */
const STEPS = 7;
const DEATHS = 0.7;

type Copies = Readonly<Record<string, readonly TableCopy[]>>;

async function print(client: Client, name: string): Promise<void> {
  const { random } = client.world;
  const count = PAGES_MIN + random.below(PAGES_MAX - PAGES_MIN + 1);
  const one = async (number: number): Promise<void> => {
    await client.sleep(random.next() * PAUSE_MS_MAX);
    const page = `${name}-${number}`;
    const input = { page, shelf: `s-${random.below(SHELVES)}` };
    await client.call(ANONYMOUS, press.print, input, page);
  };
  await Promise.all(Array.from({ length: count }, (_, number) => one(number)));
}

/** Waits for a moment in which nothing is on its way to either store. */
async function backup(client: Client, { disks }: Fleet): Promise<Copies> {
  for (;;) {
    const copies = NAMES.map((name) => [name, disks.copy(HOST, name)] as const);
    if (copies.every(([, copy]) => copy !== undefined)) return Object.fromEntries(copies) as Copies;
    await client.sleep(client.world.random.next() * LOOK_MS);
  }
}

/** The product's own way to replace files, which may die between any two of its steps. */
function restore({ world, disks, once }: Fleet, copies: Copies): void {
  const died = new Error('the restore died');
  const tool = life('restore', () => {
    tool.alive = false;
  });
  if (world.chaos.chance(DEATHS)) world.points.arm('during-restore', 1 + world.chaos.below(STEPS));
  const old = NAMES.map((name) => [`${FOLDER}/${name}`, 'old']);
  const staged = NAMES.map((name) => [`${FOLDER}/staged/${name}`, 'new']);
  const { files, text } = folderOf(Object.fromEntries([...old, ...staged]), () => {
    if (world.dies('during-restore', tool)) throw died;
  });
  try {
    replaceFiles(files, FOLDER, { from: 'staged', aside: 'aside', names: NAMES });
  } catch (error) {
    if (error !== died) throw error;
  }
  finishReplacement(files, FOLDER); // what the next start does first
  for (const name of NAMES) {
    if (text(`${FOLDER}/${name}`) !== 'new') continue;
    disks.putBack(HOST, name, copies[name]!);
    once.forget(name.replace('.db', ''));
  }
}

const consumerOf = (fleet: Fleet, service: string): Consumer | undefined =>
  fleet.of(service)?.running()?.get(service)?.subscribed[0];

/** Until it has read all there is, or says that it cannot. */
async function settled(client: Client, fleet: Fleet, service: string): Promise<Consumer> {
  for (;;) {
    const consumer = consumerOf(fleet, service);
    const head = fleet.of('press')?.running()?.get('press')?.store.head();
    const isDone = consumer && head && !isAfter(head, consumer.floor);
    if (consumer?.fork || (isDone && consumer.pausedBy === '')) return consumer;
    await client.sleep(LOOK_MS);
  }
}

/**
 * A person looks at what a forked consumer says, and lets it go on from where the histories part.
 * Where nobody can tell (an epoch between the two is gone as well) all is handled again: true.
 */
async function letGoOn(client: Client, fleet: Fleet, service: string): Promise<boolean> {
  let isAgain = false;
  for (;;) {
    const consumer = consumerOf(fleet, service);
    if (consumer && !consumer.fork) return isAgain;
    if (consumer && !consumer.fork?.at) isAgain = true;
    fleet.once.forget(service); // what it had handled is put aside, in part or all of it
    await consumer?.reset(consumer.fork?.at ? 'fork' : 'beginning').catch(() => {});
    await client.sleep(LOOK_MS);
  }
}

/** Ids of what was printed and is not gone. */
const printedIn = (final: Final): string[] => final.log('press').map(({ id }) => id);

/** What a service has read, and how often. */
function readBy(final: Final, service: string): Map<string, number> {
  const found = final.service(service).store.load(every(readings, { limit: 1_000 })) as readonly {
    readonly id: string;
    readonly data: { readonly times: number };
  }[];
  return new Map(found.map(({ id, data }) => [id, data.times]));
}

/**
 * A press and a librarian are put back to a backup, the reader is not. Whoever has read what is
 * gone is FORKED, by name, and nobody else; the librarian comes back with the press, or not at
 * all. In the end every page that there is has been read once by both.
 */
export function restoreDrill(): Drill {
  let forked: Map<string, string>;
  let again: Set<string>;
  return {
    hosts: { [HOST]: [pressService, librarianService], desk: [readerService] },
    async workload(client, fleet) {
      forked = new Map();
      again = new Set();
      const { world } = fleet;
      const isLossy = world.faults.lossyRestore > 0;
      await print(client, 'kept');
      if (isLossy) {
        const copies = await backup(client, fleet);
        await print(client, 'gone');
        await client.sleep(world.random.next() * PAUSE_MS_MAX * 2);
        fleet.of('press')?.crash();
        restore(fleet, copies);
      }
      await print(client, 'new');
      for (const service of ['reader', 'librarian']) {
        const { pausedBy, fork } = await settled(client, fleet, service);
        if (!fork) continue;
        world.fault('lossyRestore');
        forked.set(service, pausedBy);
        if (await letGoOn(client, fleet, service)) again.add(service);
      }
    },
    invariants(final) {
      const printed = printedIn(final);
      const found: string[] = [];
      for (const service of ['reader', 'librarian']) {
        const read = readBy(final, service);
        for (const id of printed) {
          const times = read.get(id) ?? 0;
          const isRight = times === 1 || (times === 2 && again.has(service));
          if (!isRight) found.push(`${service} has read ${id} ${times} times`);
        }
        const gone = [...read.keys()].filter((id) => !printed.includes(id));
        const said = forked.get(service) ?? '';
        if (gone.length > 0 !== said.startsWith(`FORKED: ${service}/pages has handled`))
          found.push(`${service} has read ${gone.length} pages that are gone, and says '${said}'`);
      }
      if (forked.has('librarian')) found.push('the librarian came back without the press');
      return found;
    },
  };
}
