// What does the door to nondeterminism open to inside a simulated host?
import { OffshootError } from '../error/index.ts';
import { type Runtime, uuidv7 } from '../runtime/index.ts';
import type { Disks } from './simulated-database.ts';
import type { Life, World } from './world.ts';

const nothing = (): void => {};

/** A password hash that costs nothing: for simulation only, where every seed signs people up. */
function cheapPasswords(world: World) {
  const hashed = (password: string) =>
    `$simulated$${Buffer.from(world.cryptography.sha256(password)).toString('hex')}`;
  return {
    hashPassword: async (password: string) => hashed(password),
    verifyPassword: async (password: string, phc: string) => hashed(password) === phc,
  };
}

/** The runtime of one life of a host. After its crash nothing that it planned happens any more. */
export function simulatedRuntime(
  world: World,
  disks: Disks,
  life: Life,
  crash: () => void,
): Runtime {
  const { random } = world;
  const now = () => Math.floor(world.now()); // a wall clock has whole milliseconds
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
    endOfTurn: (task) => void world.plan(random.next() * world.faults.flushMsMax, task, life),
    random: () => random.next(),
    randomBytes,
    id: uuidv7(now, randomBytes),
    cryptography: { ...world.cryptography, ...cheapPasswords(world) },
    openDatabase: (path) => disks.open(path, life, crash),
    request: () =>
      Promise.reject(
        new OffshootError(
          'UNAVAILABLE',
          'a simulated host has no network; bind a simulated adapter',
        ),
      ),
  };
}
