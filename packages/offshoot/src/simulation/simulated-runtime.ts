// What does the door to nondeterminism open to inside a simulated host?
import { OffshootError } from '../error/index.ts';
import { type Runtime, uuidv7 } from '../runtime/index.ts';
import type { Life } from './life.ts';
import type { Disks } from './simulated-database.ts';
import type { World } from './world.ts';

const nothing = (): void => {};

/** The end of a turn, which a slow disk puts off until after more has arrived. */
function turnEnd(world: World, life: Life, task: () => void): void {
  const { faults, chaos, random } = world;
  const usual = random.next() * faults.flushMsMax;
  if (!chaos.chance(faults.slowDisk)) {
    world.plan(usual, task, life);
    return;
  }
  const before = life.arrivals;
  const flush = () => {
    if (life.arrivals > before) {
      world.fault('slowDisk');
      world.met('flush-slower-than-a-delivery');
    }
    task();
  };
  world.plan(usual + chaos.next() * faults.slowFlushMsMax, flush, life);
}

/** The runtime of one life of a host. After its crash nothing that it planned happens any more. */
export function simulatedRuntime(world: World, disks: Disks, life: Life): Runtime {
  const { random } = world;
  const now = () => world.clocks.read(life.clock);
  const randomBytes = (length: number) => random.bytes(length);
  return {
    now,
    monotonic: () => world.now(),
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const cancel = world.plan(ms, resolve, life);
        signal?.addEventListener('abort', () => {
          cancel();
          if (life.alive) reject(signal.reason);
        });
      });
    },
    after: (ms, task) => (life.alive ? world.plan(ms, task, life) : nothing),
    endOfTurn: (task) => turnEnd(world, life, task),
    random: () => random.next(),
    randomBytes,
    id: uuidv7(now, randomBytes),
    cryptography: world.cryptography,
    openDatabase: (path) => disks.open(path, life),
    request: () =>
      Promise.reject(
        new OffshootError(
          'UNAVAILABLE',
          'a simulated host has no network; bind a simulated adapter',
        ),
      ),
  };
}
