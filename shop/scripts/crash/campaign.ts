// How are all kills and stops of a run carried out, one part after the other?
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { random } from '../command/random.ts';
import type { StoreKind } from './harness/protocol.ts';
import { harnessRound } from './harness/round.ts';
import { harnessStop } from './harness/stops.ts';
import { bothOf, type Kill, NO_PART, type Part } from './kill.ts';
import { runPlan } from './plan.ts';
import { POINTS, type Point } from './points.ts';
import { shopRound } from './shop/round.ts';

export interface CampaignOptions {
  readonly store: StoreKind;
  readonly kills: number;
  readonly seed: number;
  onKill(part: 'harness' | 'shop', kill: Kill): void;
  onStops(done: number, all: number): void;
}

export interface Outcome {
  readonly harness: Part;
  readonly shop: Part;
}

/** What a host keeps to itself: its broker, and the moment before an answer. */
const INSIDE_A_HOST: ReadonlySet<Point> = new Set(['between-commit-and-push', 'before-answer']);
/** They wait most of their time. */
const STOPS_AT_ONCE = 4;

/** Everything lies in a temporary folder, which is removed, whatever happens. */
export async function campaign(options: CampaignOptions): Promise<Outcome> {
  const { store, kills, seed, onKill, onStops } = options;
  const root = mkdtempSync(join(tmpdir(), 'offshoot-crash-'));
  const remove = () => rmSync(root, { recursive: true, force: true });
  process.once('exit', remove);
  const draw = random(seed);
  const points = {
    harness: POINTS,
    shop: POINTS.filter((point) => !INSIDE_A_HOST.has(point)),
  };
  const { harness: rounds, shop: shopRounds, stops } = runPlan(kills, draw, points);
  const shared = { root, draw };
  let harness = NO_PART;
  let shop = NO_PART;
  try {
    for (const plans of rounds) {
      const made = { store, kills: plans, onKill: (kill: Kill) => onKill('harness', kill) };
      harness = bothOf(harness, await harnessRound({ ...shared, ...made }));
    }
    for (let done = 0; done < stops; done += STOPS_AT_ONCE) {
      const count = Math.min(STOPS_AT_ONCE, stops - done);
      const made = Array.from({ length: count }, () => harnessStop({ ...shared, store }));
      for (const part of await Promise.all(made)) harness = bothOf(harness, part);
      onStops(harness.stops, stops);
    }
    for (const plans of shopRounds) {
      const made = { kills: plans, onKill: (kill: Kill) => onKill('shop', kill) };
      shop = bothOf(shop, await shopRound({ ...shared, ...made }));
    }
    return { harness, shop };
  } finally {
    remove();
    process.off('exit', remove);
  }
}
