// How do pages of events travel from host to host, and what is seen of them on the way?
import type { Broker, FeedPage } from '../messaging/index.ts';
import type { Fleet, SimulatedHost } from './fleet.ts';
import type { Life } from './life.ts';
import type { World } from './world.ts';

export interface Receivers {
  add(service: string, receive: (page: FeedPage) => void): () => void;
  /** Hands a page to every subscription of this host. */
  receive(page: FeedPage): void;
}

export function receivers(): Receivers {
  const all = new Map<string, Set<(page: FeedPage) => void>>();
  return {
    add(service, receive) {
      const known = all.get(service) ?? new Set();
      all.set(service, known.add(receive));
      return () => known.delete(receive);
    },
    receive(page) {
      for (const receive of all.get(page.service) ?? []) receive(page);
    },
  };
}

/** When each key was last published, the latest three times. */
export type Published = Map<string, readonly number[]>;

const KEYS_MAX = 10_000;
const MANY = 3;

function publish(published: Published, world: World, page: FeedPage): void {
  if (published.size > KEYS_MAX) published.clear();
  for (const { partitionkey } of page.events) {
    const key = `${page.service}|${partitionkey}`;
    published.set(key, [...(published.get(key) ?? []), world.now()].slice(-MANY));
  }
}

/** Whether some key of the page was published three times since it was sent. */
function isCrowded(published: Published, page: FeedPage, sent: number): boolean {
  return page.events.some(({ partitionkey }) => {
    const times = published.get(`${page.service}|${partitionkey}`) ?? [];
    return times.length === MANY && times[0]! >= sent;
  });
}

/** The broker of one life: pushes go to the hosts that listen, each with a delay of its own. */
export function simulatedBroker(
  fleet: Fleet,
  host: SimulatedHost,
  mine: Life,
  own: Receivers,
  published: Published,
): Broker {
  const { world, network } = fleet;
  const push = (page: FeedPage, to: SimulatedHost): void => {
    const sent = world.now();
    const what = `push ${page.service} ${page.upto.seq} to ${to.name}`;
    network.send(what, mine, to, (life) => {
      if (world.dies('on-push', life)) return;
      if (isCrowded(published, page, sent)) world.met('three-events-within-one-delay');
      to.receive(page);
      world.dies('after-push', life);
    });
  };
  return {
    publish(page) {
      if (!mine.alive || world.dies('before-publish', mine)) return;
      world.trace.note('publish', page.service, page.after.seq, page.upto.seq);
      publish(published, world, page);
      own.receive(page);
      const listening = fleet.hosts.filter((one) => one !== host && one.listensTo(page.service));
      for (const [index, to] of listening.entries()) {
        if (index > 0 && world.dies('between-pushes', mine)) return;
        push(page, to);
      }
      world.dies('after-publish', mine);
    },
    subscribe: (service, receive) => own.add(service, receive),
  };
}
