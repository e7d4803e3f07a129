// Does the crash harness find what it is there to find, and nothing where there is nothing?
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { random } from '../command/random.ts';
import type { Defect } from './harness/planted-defects.ts';
import { harnessRound } from './harness/round.ts';
import { harnessStop } from './harness/stops.ts';
import { isClean } from './kill.ts';
import type { KillPlan } from './plan.ts';
import type { Point } from './points.ts';

const root = mkdtempSync(join(tmpdir(), 'crash-planted-'));
after(() => rmSync(root, { recursive: true, force: true }));

const held = (at: Point, passing = 3): KillPlan => ({ at, passing, style: 'held' });

const round = (kills: readonly KillPlan[], defect?: Defect, into = root) =>
  harnessRound({
    ...{ root: into, draw: random(7), restMs: defect ? 1_500 : 10_000, kills },
    ...(defect && { defect }),
  });

// They wait most of their time.
/** A mistake that depends on moments has to show in one of so many. */
const STOPS_MAX = 4;

describe('the crash harness', { concurrency: 3 }, () => {
  test('a harness without a defect loses, doubles and leaves nothing, and kills inside a window are known', async () => {
    const inside: readonly Point[] = [
      'between-write-and-flush',
      'after-commit',
      'between-effect-and-journal',
      'before-journal',
      'before-inbox',
    ];
    const own = mkdtempSync(join(root, 'own-'));
    const plans = [...inside, 'in-recovery' as const].map((point) => held(point));
    const part = await round(plans, undefined, own);
    assert.ok(isClean(part), JSON.stringify({ ...part, kills: [] }));
    const proven = part.kills.map(({ at, windows, isInside }) => ({ at, windows, isInside }));
    for (const [index, at] of inside.entries()) {
      assert.equal(proven[index]?.at, at);
      assert.equal(proven[index]?.isInside, true, JSON.stringify(proven[index]));
    }
    assert.ok((proven[0]?.windows.torn ?? 0) > 0, 'pages without a commit lie in the log');
    assert.ok((proven[1]?.windows.unacknowledged ?? 0) > 0, 'what nobody heard of is on the disk');
    assert.ok((proven[2]?.windows.unjournaled ?? 0) > 0, 'the callee has what the saga does not');
    assert.equal(proven[5]?.isInside, false, 'nothing was asked while it came back');
    assert.deepEqual(readdirSync(own), [], 'the folder is gone');
  });

  test('a harness that answers before the flush loses what it acknowledged', async () => {
    const { lost } = await round([held('before-commit', 4)], 'answers-before-the-flush');
    assert.ok(lost.length > 0);
  });

  test('a harness that forgets its replies does again what it is asked again', async () => {
    const { doubled } = await round([held('after-commit')], 'forgets-replies');
    assert.ok(doubled.length > 0);
  });

  test('a harness without an inbox handles events again', async () => {
    const { doubled } = await round([held('after-inbox')], 'no-inbox');
    assert.ok(doubled.some((line) => line.includes('handled')));
  });

  test('a harness that leaves the sagas of the dead does not finish them', async () => {
    const { unfinished } = await round([held('between-effect-and-journal')], 'leaves-sagas');
    assert.ok(unfinished.some((line) => line.startsWith('transfer-')));
  });

  test('a process that slept past its lease is FENCED, and one that takes the store back is found', async () => {
    const stop = (defect?: Defect) =>
      harnessStop({
        ...{ root, draw: random(3), restMs: defect ? 800 : 10_000 },
        ...(defect && { defect }),
      });
    // Whether the woken one comes to write before it is killed is a matter of moments.
    const stale = async (): Promise<number> => {
      for (let tries = 1; ; tries += 1) {
        const ill = await stop('takes-the-fence-back');
        if (ill.stale.length > 0 || tries === STOPS_MAX) return ill.stale.length;
      }
    };
    const [well, found] = await Promise.all([stop(), stale()]);
    assert.ok(isClean(well), JSON.stringify(well));
    assert.equal(well.stops, 1);
    assert.ok(found > 0, `not in ${STOPS_MAX} stops`);
  });
});
