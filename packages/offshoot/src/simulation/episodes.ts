// What befalls hosts from time to time? Crashes, pauses, jumping clocks, partitions, outages.
import type { FaultMix } from './faults.ts';
import type { SimulatedHost } from './fleet.ts';
import type { Network } from './network.ts';
import type { World } from './world.ts';

type Interval = Extract<keyof FaultMix, `${string}EveryMs`>;

/** Longer than any lease of the toolkit lasts. */
const LEASE_MS = 30_000;
/** Beyond a saga's deadline and what a reservation lives, rarely; most jumps are small. */
const JUMP_FORWARD_MS_MAX = 20 * 60_000;
const JUMP_BACK_MS_MAX = 20_000;

/** Does something again and again, at exponentially distributed intervals, until the calm. */
function again(world: World, interval: Interval, task: () => void): void {
  const meanMs = world.faults[interval];
  if (meanMs === 0) return;
  world.plan(-Math.log(1 - world.chaos.next()) * meanMs, () => {
    if (world.isCalm) return;
    task();
    again(world, interval, task);
  });
}

function pause(world: World, host: SimulatedHost): void {
  const { chaos, faults } = world;
  const life = host.life();
  if (!life) return;
  const ms = chaos.next() * faults.pauseMsMax;
  life.pausedUntil = world.now() + ms;
  life.pauseSeen = false;
  if (ms > LEASE_MS) world.met('pause-longer-than-a-lease');
}

function jumpBack(world: World, host: SimulatedHost): void {
  world.clocks.jump(host.clock, -1 - Math.floor(world.chaos.next() ** 3 * JUMP_BACK_MS_MAX));
  world.met('clock-went-back');
}

function jumpForward(world: World, host: SimulatedHost): void {
  world.clocks.jump(host.clock, 1 + Math.floor(world.chaos.next() ** 4 * JUMP_FORWARD_MS_MAX));
}

/** Some of all that talk, at least one and not all of them, on one side. */
function side(world: World, names: readonly string[]): ReadonlySet<string> {
  const chosen = names.filter(() => world.chaos.chance(0.5));
  const one = names[world.chaos.below(names.length)]!;
  return new Set(chosen.length === 0 || chosen.length === names.length ? [one] : chosen);
}

/** Plans the first episode of every kind; each plans the next. */
export function episodes(
  world: World,
  network: Network,
  hosts: readonly SimulatedHost[],
  others: readonly string[],
): void {
  const names = [...hosts.map(({ name }) => name), ...others];
  for (const host of hosts) {
    again(world, 'crashEveryMs', () => {
      if (!host.life()) return;
      world.fault('crash');
      host.crash();
    });
    again(world, 'pauseEveryMs', () => pause(world, host));
    again(world, 'clockForwardEveryMs', () => jumpForward(world, host));
    again(world, 'clockBackwardEveryMs', () => jumpBack(world, host));
  }
  for (const kind of ['partition', 'oneWayPartition'] as const)
    again(world, `${kind}EveryMs`, () => {
      const ms = world.chaos.next() * world.faults.partitionMsMax;
      network.partitions.cut(side(world, names), kind, ms);
    });
}
