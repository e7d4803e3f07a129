// Is a process that slept longer than its lease kept from writing, once another took its place?
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request } from '../clients.ts';
import { NO_PART, type Part } from '../kill.ts';
import { LEASE_MS } from './protocol.ts';
import { type Harness, type Stage, type StageOptions, stage } from './stage.ts';

const LOAD_MS_MAX = 200;
/** It slept in the middle of a write, and nobody can take over: it goes on for so long, and sleeps. */
const NUDGE_MS = 20;
const ATTEMPTS_MAX = 5;
const LATE = 8;
const LATE_MS_MAX = 10_000;
const AGAIN_MS = 10;
const TAKEN_OVER_MS = 400;

/**
 * Stops (SIGSTOP) a process under load for longer than its lease, lets a second one take the store
 * and the leases and go on with the load, and wakes the first, which has requests of its own still
 * to do. A stop counts when the woken process was FENCED; an answer of it is stale, and so is an
 * entry of it behind the second's.
 */
export async function harnessStop(options: StageOptions): Promise<Part> {
  const scene = stage(options);
  const { who } = scene;
  let isOver = false;
  const stale: string[] = [];
  const refused = new Set<number>();
  const late = new Map<number, Request>();
  try {
    const first: Harness = scene.start({
      onMessage(message) {
        if (!isOver) return who.hear(message);
        const request = message.kind === 'answer' ? late.get(message.number) : undefined;
        if (message.kind !== 'answer' || !request) return;
        if (message.code === '') stale.push(`${message.number} was answered by who was replaced`);
        else if (message.code === 'FENCED') refused.add(message.number);
        // The other is in the middle of a write: it cannot know yet, and is asked again.
        else setTimeout(() => first.send(request), AGAIN_MS);
      },
    });
    await scene.ready(first);
    who.serve((message) => first.send(message));
    await sleep(options.draw() * LOAD_MS_MAX);
    first.stop();
    const stopped = performance.now();
    const second = await tookOver(scene, first);
    isOver = true;
    who.serve((message) => second.send(message));
    await sleep(Math.max(TAKEN_OVER_MS, stopped + LEASE_MS + TAKEN_OVER_MS - performance.now()));
    for (let made = 0; made < LATE; made += 1) {
      const request = who.request();
      late.set(request.number, request);
      first.send(request);
    }
    first.wake();
    const end = performance.now() + LATE_MS_MAX;
    while (refused.size + stale.length < LATE && performance.now() < end) await sleep(NUDGE_MS);
    await first.kill();
    who.serve((message) => second.send(message)); // what the first could not do
    const faults = await scene.settleWith(second);
    const isStop = refused.size > 0 || stale.length > 0;
    return {
      ...{ ...NO_PART, ...faults },
      stops: isStop ? 1 : 0,
      stale: [...faults.stale, ...stale],
    };
  } finally {
    scene.close();
  }
}

/**
 * Starts the second process; resolves when it has the stores. The first may sleep in the middle of
 * a write, which holds up everybody: then it is woken for a moment. What it does in that moment may
 * end the second, which is started again as a host would be.
 */
async function tookOver({ who, ...scene }: Stage, first: Harness): Promise<Harness> {
  for (let attempt = 1; ; attempt += 1) {
    const second = scene.start({
      holder: 'second',
      isDefective: false,
      onMessage(message) {
        who.hear(message);
        if (message.kind !== 'blocked') return;
        first.wake();
        setTimeout(() => first.stop(), NUDGE_MS);
      },
    });
    try {
      await scene.ready(second);
      return second;
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error;
    }
  }
}
