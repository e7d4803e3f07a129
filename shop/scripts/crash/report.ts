// How are the figures of a run told, to a program and to a person?
import type { Outcome } from './campaign.ts';
import type { StoreKind } from './harness/protocol.ts';
import { bothOf, type Kill, type Part } from './kill.ts';

interface Counts {
  readonly kills: number;
  /** Kills that the disk proves to have fallen between a commit's begin and its acknowledgement. */
  readonly insideWindow: number;
  readonly stops: number;
  readonly lost: number;
  readonly doubled: number;
  readonly stale: number;
  readonly unfinished: number;
}

interface PartFigures extends Counts {
  /** Of the kills inside, how many left each proof; one kill may leave several. */
  readonly proofs: Readonly<Record<'unacknowledged' | 'unjournaled' | 'torn', number>>;
  /** Kills with durable events that nobody had handled: no proof, and a window of its own. */
  readonly unhandled: number;
  /** Of the kills, how many hit the database's process. */
  readonly databaseKills: number;
  /** And how many one of two processes that worked on the same stores. */
  readonly replicaKills: number;
  /** Kills by where they fell. */
  readonly points: Readonly<Record<string, number>>;
}

/** The figures of `crash --json`. */
export interface CrashFigures extends Counts {
  readonly store: StoreKind;
  readonly seed: number;
  readonly harness: PartFigures;
  readonly shop: PartFigures;
  readonly wallSeconds: number;
}

const LINES_MAX = 10;

const countsOf = ({ kills, stops, lost, doubled, stale, unfinished }: Part): Counts => ({
  kills: kills.length,
  insideWindow: kills.filter(({ isInside }) => isInside).length,
  ...{ stops, lost: lost.length, doubled: doubled.length },
  ...{ stale: stale.length, unfinished: unfinished.length },
});

function partFigures(part: Part): PartFigures {
  const withAny = (what: keyof Kill['windows']) =>
    part.kills.filter(({ windows }) => windows[what] > 0).length;
  const killed = (what: Kill['victim']) =>
    part.kills.filter(({ victim }) => victim === what).length;
  const points: Record<string, number> = {};
  for (const { at } of part.kills) points[at] = (points[at] ?? 0) + 1;
  return {
    ...countsOf(part),
    proofs: {
      unacknowledged: withAny('unacknowledged'),
      unjournaled: withAny('unjournaled'),
      torn: withAny('torn'),
    },
    unhandled: withAny('unhandled'),
    databaseKills: killed('database'),
    replicaKills: killed('replica'),
    points,
  };
}

export function figuresOf(
  { harness, shop }: Outcome,
  run: Pick<CrashFigures, 'store' | 'seed' | 'wallSeconds'>,
): CrashFigures {
  const { store, seed, wallSeconds } = run;
  const both = countsOf(bothOf(harness, shop));
  const parts = { harness: partFigures(harness), shop: partFigures(shop) };
  return { store, seed, ...both, ...parts, wallSeconds };
}

const partLine = (name: string, part: PartFigures): string => {
  const { kills, insideWindow, databaseKills, replicaKills, proofs, points } = part;
  const { unacknowledged, unjournaled, torn } = proofs;
  const others = `${databaseKills} of the database, ${replicaKills} of one of two replicas`;
  const server = databaseKills + replicaKills > 0 ? ` (${others})` : '';
  const where = Object.entries(points).map(([point, count]) => `${count} ${point}`);
  return (
    `${name} ${kills} kills${server}, ${insideWindow} inside: ${unacknowledged} with a request done and not ` +
    `acknowledged, ${unjournaled} with a step done and not journaled, ${torn} in the middle of a ` +
    `commit (${where.join(', ') || 'none'})`
  );
};

/** The lines of the report. */
export function reportOf(figures: CrashFigures): string[] {
  const { store, seed, harness, shop, stops, wallSeconds } = figures;
  const { lost, doubled, stale, unfinished } = figures;
  return [
    partLine('harness', harness),
    partLine('shop   ', shop),
    `stops   ${stops} processes slept past their lease and were fenced`,
    `${lost} lost, ${doubled} doubled, ${stale} stale, ${unfinished} unfinished`,
    `store ${store}, seed ${seed}, ${wallSeconds} s`,
  ];
}

/** What is wrong, the first of each kind. */
export function faultLines({ harness, shop }: Outcome): string[] {
  return [['harness', harness] as const, ['shop', shop] as const].flatMap(([name, part]) =>
    (['lost', 'doubled', 'stale', 'unfinished'] as const).flatMap((kind) => {
      const lines = part[kind].slice(0, LINES_MAX).map((line) => `${name}, ${kind}: ${line}`);
      const more = part[kind].length - lines.length;
      return more > 0 ? [...lines, `${name}, ${kind}: ${more} more`] : lines;
    }),
  );
}
