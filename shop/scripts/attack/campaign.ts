// In which order is a target attacked: by hand, by false headers, by false tokens, slowly, by chance?
import { type Chance, chance } from '../fuzz/chance.ts';
import { type Attacker, attacker } from './attempt.ts';
import { type Attack, corpus } from './corpus.ts';
import type { Kind } from './judge.ts';
import type { Target } from './lane.ts';
import { type Mutation, mutations } from './mutations.ts';
import { type SlowFound, slowly } from './slow.ts';
import { spoofs } from './spoofs.ts';
import { type TokensFound, tryTokens } from './tokens.ts';

export interface CampaignOptions {
  readonly seed: number;
  readonly mutations: number;
  readonly spoofs: number;
  readonly slowSockets: number;
  /** By when the target must have closed a slow connection. */
  readonly slowLimitMs: number;
}

export interface ClassFound {
  readonly attacks: number;
  /** How many had a request that went further. */
  readonly reached: number;
  readonly wrong: number;
}

export interface Campaign {
  readonly target: string;
  /** Requests sent in all, those of the harmless left out. */
  readonly requests: number;
  /** Complaints by kind. */
  readonly counts: Readonly<Record<Kind, number>>;
  readonly classes: ReadonlyMap<string, ClassFound>;
  readonly tokens: TokensFound;
  readonly slow: SlowFound;
  /** The first of them, each with what reproduces it. */
  readonly complaints: readonly string[];
}

const COMPLAINTS_MAX = 40;
/** Of mutations: a connection that an attack has spoilt stays so until somebody meets it. */
const PROBED_EVERY = 4;
const SHOWN_BYTES = 400;

function* asMutations(attacks: Iterable<Attack>): Generator<Mutation> {
  for (const attack of attacks) yield { attack, cuts: [] };
}

function* first<T>(count: number, from: Iterable<T>): Generator<T> {
  let left = count;
  if (left <= 0) return;
  for (const one of from) {
    yield one;
    left -= 1;
    if (left === 0) return;
  }
}

function tally() {
  const counts: Record<Kind, number> = { desync: 0, spoofed: 0, crashed: 0, unmet: 0 };
  const classes = new Map<string, ClassFound>();
  const complaints: string[] = [];
  let requests = 0;
  return {
    counts,
    classes,
    complaints,
    get requests() {
      return requests;
    },
    add({ attack }: Mutation, result: Awaited<ReturnType<Attacker['attempt']>>) {
      const wrong = result.complaints.length > 0;
      const before = classes.get(attack.class) ?? { attacks: 0, reached: 0, wrong: 0 };
      classes.set(attack.class, {
        attacks: before.attacks + 1,
        reached: before.reached + Number(result.hasReached),
        wrong: before.wrong + Number(wrong),
      });
      requests += result.requests;
      for (const kind of new Set(result.complaints.map((one) => one.kind))) counts[kind] += 1;
      if (!wrong || complaints.length >= COMPLAINTS_MAX) return;
      const said = result.complaints.map(({ kind, what }) => `${kind}: ${what}`).join('; ');
      const sent = JSON.stringify(attack.bytes.slice(0, SHOWN_BYTES));
      complaints.push(`${attack.class}: ${attack.tries}: ${said}; sent ${sent}`);
    },
  };
}

/** Everything at one target; lanes work side by side. The seed decides what is sent. */
export async function campaign(target: Target, options: CampaignOptions): Promise<Campaign> {
  const found = tally();
  const dice = (which: number): Chance => chance(options.seed * 7 + which);
  const byHand = corpus();
  let number = 0;

  let latest: Attack | undefined;
  /** A gateway that is a process of its own would be gone now. */
  const onFall = (cause: Error) => {
    const sent = JSON.stringify(latest?.bytes.slice(0, SHOWN_BYTES));
    found.counts.crashed += 1;
    found.complaints.push(`crashed: nobody caught ${cause.stack}; sent just before: ${sent}`);
  };

  const all = async (attacks: Iterable<Mutation>) => {
    const line = attacks[Symbol.iterator]();
    await Promise.all(
      target.lanes.map(async (lane) => {
        const { attempt } = attacker(lane);
        for (let next = line.next(); !next.done; next = line.next()) {
          const { attack, cuts } = next.value;
          if (attack.answer !== undefined && !lane.answerWith) continue;
          number += 1;
          latest = attack;
          const isProbed = attack.class !== 'mutations' || number % PROBED_EVERY === 0;
          found.add(next.value, await attempt(attack, number, { cuts, isProbed }));
        }
      }),
    );
  };

  process.on('uncaughtException', onFall);
  try {
    await all(asMutations(byHand));
    await all(asMutations(spoofs(dice(1), options.spoofs)));
    const tokens = await tryTokens(target);
    const [lane] = target.lanes;
    const slow = lane
      ? await slowly(lane, options.slowSockets, options.slowLimitMs)
      : { sockets: 0, leftOpen: 0, failed: 0, reached: 0 };
    await all(first(options.mutations, mutations(dice(2), byHand)));
    const { counts, classes, complaints, requests } = found;
    return { target: target.name, requests, counts, classes, tokens, slow, complaints };
  } finally {
    process.off('uncaughtException', onFall);
  }
}
