// How does the whole shop live through a round of kills under load, and do its books add up?
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mailbox } from '../../../stand-ins/mailbox/server.ts';
import { providerServer } from '../../../stand-ins/provider/server.ts';
import { httpClient } from '../../client/http-client.ts';
import { assortment } from '../../client/products.ts';
import { CANARIES, randomLetters, shoppers } from '../../client/shopper.ts';
import { drive } from '../../traffic/drive.ts';
import { keyOf, orderRun } from '../../traffic/order-run.ts';
import { plan } from '../../traffic/plan.ts';
import { type Tally, tally } from '../../traffic/tally.ts';
import { verify } from '../../verify/verify.ts';
import type { Kill, Part } from '../kill.ts';
import type { KillPlan } from '../plan.ts';
import { type Ground, sqliteGround } from './ground.ts';
import { type KeptShop, keptShop } from './kept-shop.ts';
import { strikes } from './strikes.ts';

export interface ShopRoundOptions {
  readonly root: string;
  readonly kills: readonly KillPlan[];
  readonly draw: () => number;
  /** Where the state lies. @default files of the round */
  readonly ground?: (data: string) => Promise<Ground>;
  onKill?(kill: Kill): void;
}

const ORDERS_A_KILL = 40;
const CONCURRENCY = 32;
const SHOPPERS = 40;
const SEED_MAX = 2 ** 30;
const VERIFY_MS_MAX = 60_000;
const LINES_MAX = 20;

/** Orders that were acknowledged, by idempotency key, beside the tally of traffic. */
function noted(counts: Tally, run: string): { tally: Tally; answered: Set<string> } {
  const answered = new Set<string>();
  const answer: Tally['answered'] = (order, reply, tookMs) => {
    const orderId = counts.answered(order, reply, tookMs);
    if (orderId !== undefined) answered.add(keyOf(run, order));
    return orderId;
  };
  const kept = {
    get lastSent() {
      return counts.lastSent;
    },
    get acknowledged() {
      return counts.acknowledged;
    },
    get endedCount() {
      return counts.endedCount;
    },
  };
  const { sent, ended, figures } = counts;
  return { tally: Object.assign(kept, { sent, ended, figures, answered: answer }), answered };
}

/** Starts the shop with its stand-ins, kills it as planned while orders are placed, and verifies. */
export async function shopRound(options: ShopRoundOptions): Promise<Part> {
  const folder = mkdtempSync(join(options.root, 'shop-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  // The outside world does not die: it runs in this process, on files of its own.
  const provider = await providerServer({ data: join(folder, 'provider.db') });
  const mails = await mailbox({ data: join(folder, 'mailbox.db') });
  const ground = (await options.ground?.(data)) ?? sqliteGround(data);
  const shop = keptShop(ground.store, {
    ...{ PROVIDER_URL: provider.url, SMTP_URL: mails.smtpUrl, OFFSHOOT_DATA: data },
    ...ground.environment,
  });
  try {
    const { kills, lines, answered } = await loaded(shop, ground, options);
    const counted = await ordersOf(ground, answered);
    const outside = { provider: provider.url, mailbox: mails.url };
    const asked = { canaries: CANARIES, timeoutMs: VERIFY_MS_MAX };
    const verdict = await verify({ ...ground.books, ...outside, ...asked });
    const broken = verdict.invariants.filter(({ ok }) => !ok);
    const told = broken.map(({ name, detail }) => `${name}: ${detail}`);
    return {
      ...{ kills, stops: 0, stale: [] },
      lost: [...counted.lost, ...(verdict.unsettled ? [] : told)],
      doubled: counted.doubled,
      unfinished: [...lines, ...(verdict.unsettled ? told : [])],
    };
  } finally {
    await shop.end();
    await ground.close();
    await provider.close();
    await mails.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function loaded(
  shop: KeptShop,
  ground: Ground,
  { kills: plans, draw, onKill }: ShopRoundOptions,
) {
  const url = await shop.start();
  const http = httpClient(url);
  try {
    const orders = ORDERS_A_KILL * (plans.length + 1);
    const seed = Math.floor(draw() * SEED_MAX);
    const products = await assortment(http);
    const planned = plan({ orders, seed, oneSku: false, onlyVisa: false, assortment: products });
    const people = await shoppers(http, SHOPPERS);
    const run = randomLetters(8);
    const { tally: counts, answered } = noted(tally(), run);
    const made = orderRun({ http, tally: counts, shoppers: people, run });
    const striking = strikes({
      ...{ shop, ground, draw, plans, answered },
      isDue: (done) => counts.acknowledged >= ((done + 1) * orders) / (plans.length + 1),
      onKill: onKill ?? (() => {}),
    });
    await drive(planned, CONCURRENCY, made);
    const kills = await striking.done();
    const { failed, unknown, ended, acknowledged, surprises } = counts.figures(orders, 0);
    const lines = [...surprises];
    if (failed + unknown > 0) lines.push(`${failed + unknown} orders were not acknowledged`);
    if (ended < acknowledged) lines.push(`${acknowledged - ended} orders have not ended`);
    return { kills, lines, answered };
  } finally {
    http.close();
  }
}

/** Each acknowledged key has its order, and one. */
async function ordersOf(ground: Ground, answered: ReadonlySet<string>) {
  const disk = await ground.disk();
  try {
    const counts = new Map<string, number>();
    for (const { type, correlation } of await disk.entries('orders'))
      if (type === 'order.created') counts.set(correlation, (counts.get(correlation) ?? 0) + 1);
    const lost = [...answered].filter((key) => !counts.has(key));
    const doubled = [...counts].filter(([, times]) => times > 1);
    return {
      lost: lost.slice(0, LINES_MAX).map((key) => `no order has the key ${key}`),
      doubled: doubled.slice(0, LINES_MAX).map(([key, times]) => `${times} orders have ${key}`),
    };
  } finally {
    await disk.close();
  }
}
