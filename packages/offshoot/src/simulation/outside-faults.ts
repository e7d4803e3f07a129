// How does the outside world fail? It refuses, it acts and is not heard, or it is away for a while.
import type { OutsideAdapter } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import type { World } from './world.ts';

const away = (name: string, why: string) => new OffshootError('UNAVAILABLE', `${name}: ${why}`);

/** When a port cannot be reached at all: from time to time, for a while. */
function outages(world: World): () => boolean {
  const { chaos, faults } = world;
  let until = 0;
  const plan = (): void => {
    if (faults.outageEveryMs === 0) return;
    world.plan(-Math.log(1 - chaos.next()) * faults.outageEveryMs, () => {
      if (world.isCalm) return;
      until = world.now() + chaos.next() * faults.outageMsMax;
      plan();
    });
  };
  plan();
  return () => !world.isCalm && world.now() < until;
}

/** The adapter of a port, and its bad days. */
export function unreliable(world: World, name: string, real: OutsideAdapter): OutsideAdapter {
  const isAway = outages(world);
  const attempt = async <T>(run: () => Promise<T>): Promise<T> => {
    const { chaos, faults } = world;
    if (isAway()) {
      world.fault('outsideOutage');
      throw away(name, 'nobody reaches it');
    }
    if (chaos.chance(faults.outsideRefused)) {
      world.fault('outsideRefused');
      throw away(name, 'it is overloaded, and did nothing');
    }
    const isUnheard = chaos.chance(faults.outsideUnheard);
    const answer = await run();
    if (!isUnheard) return answer;
    world.fault('outsideUnheard');
    throw away(name, 'it acted, and its answer was an error');
  };
  const ask = real.ask?.bind(real);
  return {
    ...(real.name !== undefined && { name: real.name }),
    call: (what, input, context) => attempt(() => real.call(what, input, context)),
    ...(ask && { ask: (what, context) => attempt(() => ask(what, context)) }),
  };
}
