// In which order does the fuzz go: few calls allowed, everything once, then whatever chance says?
import { ADMIN_EMAIL, type Arena, type ArenaShop } from './arena.ts';
import { cast, logIn, person, session } from './cast.ts';
import { chance } from './chance.ts';
import type { Figures } from './coverage.ts';
import type { Person } from './person.ts';
import { type Bench, recipesFor } from './recipes.ts';
import { scene } from './scene.ts';
import { type Stage, stage } from './stage.ts';
import { wildRequests } from './wild-request.ts';

export interface CampaignOptions {
  readonly requests: number;
  readonly seed: number;
  readonly concurrency: number;
}

export interface Campaign {
  readonly figures: Figures;
  /** What was wrong, request by request. */
  readonly complaints: readonly string[];
  /** What is wrong with the shop when all is over; empty when nothing is. */
  readonly ailments: readonly string[];
}

/** So few calls that a handful is too many; and its tokens are old once the clock is right. */
const NARROW = { factor: 0.001, behindMs: 2 * 3_600_000 };
const WIDE = { factor: 10_000, behindMs: 0 };
const CALLS_UNTIL_LIMITED = 8;
const FAILURE = 500;
const TIMEOUT_MS = 5_000;

/** Asks each operation until it is told that this was too often. */
async function untilLimited(on: Stage, who: Person): Promise<void> {
  for (const operation of on.surface.operations)
    for (let call = 0; call < CALLS_UNTIL_LIMITED; call += 1) {
      const input = Object.fromEntries(operation.inPath.map((name) => [name, 'NOBODY-KNOWS']));
      if ((await on.ask(on.draft(operation, who, input))).status === 429) break;
    }
}

async function everythingOnce(bench: Bench): Promise<void> {
  for (const operation of bench.surface.operations)
    for (const status of operation.answers.keys())
      if (status < FAILURE)
        for (const { make } of recipesFor(operation, status)) await make(operation, bench);
}

async function wilderness(bench: Bench, { requests, concurrency }: CampaignOptions): Promise<void> {
  const next = wildRequests(bench, bench.cast);
  let left = requests - bench.coverage.requests;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await bench.ask(next());
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

/** Whether the shop that was asked all this still lives and says that it is well. */
async function ailmentsOf(shop: ArenaShop, place: Arena): Promise<string[]> {
  if (shop.exitCode !== null) return [`the shop ended with exit code ${shop.exitCode}`];
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const ready = await fetch(`${shop.url}/readyz`, { signal }).catch(() => undefined);
  const found = ready?.status === 200 ? [] : [`/readyz is ${ready?.status ?? 'not answered'}`];
  return [...found, ...place.errors().map((line) => `in its log: ${line.slice(0, 300)}`)];
}

/**
 * Asks so many requests in all of a shop of its own, and judges every answer. The seed decides
 * what is asked; which ids it is asked about is up to the shop. Rejects when the shop does not
 * start, or refuses what everything else is built on.
 */
export async function campaign(place: Arena, options: CampaignOptions): Promise<Campaign> {
  const early = await place.start(NARROW);
  const on = await stage(early.url, options.concurrency, chance(options.seed));
  try {
    const first = await session(on, ADMIN_EMAIL);
    await untilLimited(on, person('admin', first, true));
    await early.stop();

    const shop = await place.start(WIDE);
    on.moveTo(shop.url);
    const again = await logIn(on, ADMIN_EMAIL, first.password);
    const admin = person('admin', { ...first, ...again }, true);
    const all = await cast(on, admin, first.accessToken);
    const bench: Bench = { ...on, cast: all, scene: await scene(on, all) };
    await everythingOnce(bench);
    await wilderness(bench, options);
    const { coverage } = on;
    return {
      figures: coverage.figures(),
      complaints: coverage.complaints,
      ailments: await ailmentsOf(shop, place),
    };
  } finally {
    on.close();
  }
}
