// What if one of two processes that work on the same stores dies, while the other goes on?
import { setTimeout as sleep } from 'node:timers/promises';
import type { ToHarness } from '../harness/protocol.ts';
import { readingOf } from '../harness/reading.ts';
import { type Harness, type Stage, stage } from '../harness/stage.ts';
import type { Kill, Part } from '../kill.ts';
import { armingOf, type KillPlan } from '../plan.ts';
import type { Point } from '../points.ts';
import { isInside, watch } from '../windows.ts';
import type { Lines } from './arena.ts';
import { OWN_POINTS, POINT_MS_MAX, type PostgresRoundOptions } from './round.ts';

/** One of the two: its lines to the server stay when its process goes. */
interface Seat {
  readonly holder: string;
  readonly lines: Lines;
  process: Harness;
}

const SEATS = 2;

/**
 * Two processes carry the load and share the sagas. Each kill hits one of them; the other is asked
 * for everything that has no answer, with the same keys and also what it is busy with, until the
 * dead one is back. Points that only a process sees are moments here.
 */
export async function replicasRound(options: PostgresRoundOptions): Promise<Part> {
  const { arena, kills: plans, draw, onKill, ...rest } = options;
  const backing = arena.backing();
  const scene = stage({ ...rest, draw, backing, areReplicas: true });
  let victim = 0;
  const looking = watch(readingOf(() => victim));
  const kills: Kill[] = [];
  const seats: Seat[] = [];

  const serve = (): void => {
    const alive = seats.filter(({ process }) => !process.isGone);
    const to = (number: number) => alive[number % alive.length]!.process;
    scene.who.serve((message: ToHarness) => {
      if (message.kind === 'ask') to(message.number).send(message);
    });
  };
  const look = async (at: Kill['at']): Promise<void> => {
    const disk = await scene.disk();
    const answered = new Set(
      scene.who.requests.filter(({ answer }) => answer !== undefined).map(({ input }) => input.id),
    );
    const windows = await looking.look(disk, (id) => answered.has(id));
    await disk.close();
    const kill: Kill = { at, victim: 'replica', windows, isInside: isInside(windows) };
    kills.push(kill);
    onKill?.(kill);
  };

  try {
    for (let number = 0; number < SEATS; number += 1) {
      const holder = `replica-${number}`;
      const lines = await arena.lines(backing);
      seats.push({ holder, lines, process: started(scene, holder, lines) });
    }
    for (const { process } of seats) await scene.ready(process);
    serve();
    for (const plan of plans) {
      const seat = seats[Math.floor(draw() * seats.length)]!;
      const other = seats.find((one) => one !== seat)!;
      const at = (await brought(seat, plan)) ?? 'moment';
      other.process.stop(); // what it would do and say meanwhile is no proof of this death
      await seat.process.kill();
      await seat.lines.quiet();
      victim = scene.lifeOf(seat.process);
      await look(at).finally(() => other.process.wake());
      serve();
      seat.process = started(scene, seat.holder, seat.lines);
      await scene.ready(seat.process);
      serve();
    }
    const [first, ...others] = seats as [Seat, ...Seat[]];
    scene.who.rest();
    for (const { process } of others) await process.kill();
    scene.who.serve((message) => first.process.send(message));
    return { kills, stops: 0, ...(await scene.settleWith(first.process)) };
  } finally {
    scene.close();
    for (const { lines } of seats) await lines.close();
  }
}

const started = (scene: Stage, holder: string, { places }: Lines): Harness =>
  scene.start({ holder, places, isReplica: true });

async function brought({ lines }: Seat, plan: KillPlan): Promise<Point | undefined> {
  if (plan.at === 'moment' || OWN_POINTS.has(plan.at) || plan.at === 'in-recovery') {
    await sleep(plan.at === 'moment' ? plan.afterMs : plan.passing);
    return undefined;
  }
  lines.points.arm(armingOf(plan));
  return lines.points.reached(POINT_MS_MAX).finally(() => lines.points.arm(undefined));
}
