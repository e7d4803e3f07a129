// How are all kills and stops of a run carried out, one part after the other?
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { random } from '../command/random.ts';
import type { StoreKind } from './harness/protocol.ts';
import { harnessRound } from './harness/round.ts';
import { type Backing, SQLITE } from './harness/stage.ts';
import { harnessStop } from './harness/stops.ts';
import { bothOf, type Kill, NO_PART, type Part } from './kill.ts';
import { type KillPlan, type RunPlan, runPlan } from './plan.ts';
import { POINTS, type Point } from './points.ts';
import { arena } from './postgres/arena.ts';
import { replicasRound } from './postgres/replicas.ts';
import { POSTGRES_POINTS, postgresRound } from './postgres/round.ts';
import { postgresGround } from './postgres/shop-ground.ts';
import { type ShopRoundOptions, shopRound } from './shop/round.ts';

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

/** What a part of a run needs besides its plan. */
interface Given {
  readonly root: string;
  readonly draw: () => number;
}

/** What a host keeps to itself: its broker, and the moment before an answer. */
const INSIDE_A_HOST: ReadonlySet<Point> = new Set(['between-commit-and-push', 'before-answer']);
/** They wait most of their time. */
const STOPS_AT_ONCE = 4;
/** Every so many rounds on PostgreSQL have two processes on the same stores. */
const REPLICAS_EVERY = 3;

/** Everything lies in a temporary folder, which is removed, whatever happens. */
export async function campaign(options: CampaignOptions): Promise<Outcome> {
  const root = mkdtempSync(join(tmpdir(), 'offshoot-crash-'));
  const remove = () => rmSync(root, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const given = { root, draw: random(options.seed) };
    return await (options.store === 'postgres' ? onPostgres : onSqlite)(options, given);
  } finally {
    remove();
    process.off('exit', remove);
  }
}

async function onSqlite(options: CampaignOptions, given: Given): Promise<Outcome> {
  const shopPoints = POINTS.filter((point) => !INSIDE_A_HOST.has(point));
  const planned = runPlan(options.kills, given.draw, { harness: POINTS, shop: shopPoints });
  const round = (kills: readonly KillPlan[], onKill: (kill: Kill) => void) =>
    harnessRound({ ...given, kills, onKill });
  const harness = await harnessPart(planned, options, given, { round, backing: () => SQLITE });
  return { harness, shop: await shopPart(planned, options, given) };
}

/** On a server of its own, which is killed as well. */
async function onPostgres(options: CampaignOptions, given: Given): Promise<Outcome> {
  const place = await arena(given.root);
  try {
    const shopPoints = POSTGRES_POINTS.filter((point) => !INSIDE_A_HOST.has(point));
    const points = { harness: POSTGRES_POINTS, shop: shopPoints };
    const planned = runPlan(options.kills, given.draw, points);
    let rounds = 0;
    const round = (kills: readonly KillPlan[], onKill: (kill: Kill) => void) => {
      rounds += 1;
      const one = rounds % REPLICAS_EVERY === 0 ? replicasRound : postgresRound;
      return one({ ...given, arena: place, kills, onKill });
    };
    const around = { round, backing: place.backing };
    const harness = await harnessPart(planned, options, given, around);
    const ground = (data: string) => postgresGround(place.server, data);
    return { harness, shop: await shopPart(planned, options, { ...given, ground }) };
  } finally {
    await place.close();
  }
}

async function shopPart(
  { shop: rounds }: RunPlan,
  options: CampaignOptions,
  given: Pick<ShopRoundOptions, 'root' | 'draw' | 'ground'>,
): Promise<Part> {
  let shop = NO_PART;
  for (const kills of rounds) {
    const onKill = (kill: Kill) => options.onKill('shop', kill);
    shop = bothOf(shop, await shopRound({ ...given, kills, onKill }));
  }
  return shop;
}

interface HarnessAround {
  round(kills: readonly KillPlan[], onKill: (kill: Kill) => void): Promise<Part>;
  backing(): Backing;
}

async function harnessPart(
  { harness: rounds, stops }: RunPlan,
  { onKill, onStops }: CampaignOptions,
  given: Given,
  { round, backing }: HarnessAround,
): Promise<Part> {
  let harness = NO_PART;
  for (const kills of rounds)
    harness = bothOf(harness, await round(kills, (kill) => onKill('harness', kill)));
  for (let done = 0; done < stops; done += STOPS_AT_ONCE) {
    const count = Math.min(STOPS_AT_ONCE, stops - done);
    const one = () => harnessStop({ ...given, backing: backing() });
    for (const part of await Promise.all(Array.from({ length: count }, one)))
      harness = bothOf(harness, part);
    onStops(harness.stops, stops);
  }
  return harness;
}
