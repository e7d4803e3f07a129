// Does the crash harness find on PostgreSQL what it is there to find, and nothing where there is nothing?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { random } from '../command/random.ts';
import type { Defect } from './harness/planted-defects.ts';
import { harnessStop } from './harness/stops.ts';
import { isClean } from './kill.ts';
import type { KillPlan } from './plan.ts';
import type { Point } from './points.ts';
import { type Arena, arena } from './postgres/arena.ts';
import { replicasRound } from './postgres/replicas.ts';
import { postgresRound } from './postgres/round.ts';

let place: Arena;
const root = mkdtempSync(join(tmpdir(), 'crash-postgres-'));
before(async () => {
  place = await arena(root);
});
after(async () => {
  await place?.close();
  rmSync(root, { recursive: true, force: true });
});

const held = (at: Point, passing = 3): KillPlan => ({ at, passing, style: 'held' });
const round = (kills: readonly KillPlan[], defect?: Defect, draw = random(5)) =>
  postgresRound({
    ...{ arena: place, root, draw, kills, restMs: defect ? 1_500 : 15_000 },
    ...(defect && { defect }),
  });

test('postgres: the process or the server dies around commits, and nothing is lost, doubled or left', async () => {
  const points = ['after-commit', 'between-effect-and-journal', 'before-journal'] as const;
  const part = await round([...points, ...points, ...points].map((point) => held(point)));
  assert.ok(isClean(part), JSON.stringify({ ...part, kills: [] }));
  const inside = part.kills.filter(({ isInside }) => isInside).length;
  assert.ok(inside >= 6, `${inside} of ${part.kills.length} inside`);
  assert.equal(new Set(part.kills.map(({ victim }) => victim)).size, 2, 'both died');
});

test('postgres: one of two processes on the same stores dies, and the other carries on what it began', async () => {
  const points = ['after-commit', 'between-effect-and-journal', 'before-journal'] as const;
  const kills = [...points.map((point) => held(point)), { at: 'moment', afterMs: 50 } as const];
  const part = await replicasRound({ arena: place, root, draw: random(9), kills });
  assert.ok(isClean(part), JSON.stringify({ ...part, kills: [] }));
  assert.ok(part.kills.some(({ isInside }) => isInside));
});

test('postgres: a harness that answers before the flush loses what it acknowledged', async () => {
  const { lost } = await round([held('before-commit', 4)], 'answers-before-the-flush', () => 0.9);
  assert.ok(lost.length > 0);
});

test('postgres: a process that slept past its lease is FENCED, and one without a fence is found', async () => {
  const stop = (defect?: Defect) =>
    harnessStop({
      ...{ backing: place.backing(), root, draw: random(3), restMs: defect ? 800 : 10_000 },
      ...(defect && { defect }),
    });
  const [well, ill] = await Promise.all([stop(), stop('takes-the-fence-back')]);
  assert.ok(isClean(well), JSON.stringify(well));
  assert.equal(well.stops, 1);
  assert.ok(ill.stale.length > 0);
});
