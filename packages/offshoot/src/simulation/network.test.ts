import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULT_KINDS, type FaultMix, NO_FAULTS } from './faults.ts';
import { type Life, life } from './life.ts';
import { type Network, network } from './network.ts';
import { type World, world } from './world.ts';

const HOUR = 3_600_000;

interface Scene {
  readonly w: World;
  readonly net: Network;
  readonly here: Life;
  readonly there: Life;
  /** Numbers as they arrived. */
  readonly heard: number[];
  send(count: number): Promise<void>;
}

/** Two hosts, and nothing that fails but what `rates` say. */
function scene(rates: Partial<FaultMix>): Scene {
  const w = world(1n, FAULT_KINDS, { ...NO_FAULTS, latencyMsMax: 10, ...rates });
  const net = network(w);
  const [here, there] = [life('here'), life('there')];
  const heard: number[] = [];
  const to = { name: 'there', life: () => (there.alive ? there : undefined) };
  return {
    w,
    net,
    here,
    there,
    heard,
    async send(count) {
      for (let number = 0; number < count; number += 1)
        net.send(`message ${number}`, here, to, () => heard.push(number));
      await w.run(() => false, HOUR);
    },
  };
}

test('a message that is dropped on its way to a living host counts, and to a dead one does not', async () => {
  const lost = scene({ drop: 1 });
  await lost.send(5);
  assert.deepEqual([lost.heard, lost.w.counts.drop], [[], 5]);
  const dead = scene({ drop: 1 });
  dead.there.alive = false;
  await dead.send(5);
  assert.equal(dead.w.counts.drop, 0);
});

test('a second delivery counts when a living host gets it', async () => {
  const twice = scene({ duplicate: 1 });
  await twice.send(3);
  assert.equal(twice.heard.length, 6);
  assert.equal(twice.w.counts.duplicate, 3);
});

test('a message that is held back counts as reordered only when another overtook it', async () => {
  const alone = scene({ reorder: 1 });
  await alone.send(1);
  assert.equal(alone.w.counts.reorder, 0);
  const crowd = scene({ reorder: 0.5 });
  await crowd.send(50);
  assert.ok(crowd.w.counts.reorder > 0);
  assert.notDeepEqual(
    crowd.heard,
    crowd.heard.toSorted((a, b) => a - b),
  );
});

test('a held message arrives when nobody waits for it any more, and the world knows of it', async () => {
  const held = scene({ hold: 1, holdMs: 11 * 60_000 });
  const begin = held.w.now();
  void held.send(1);
  assert.equal(held.net.holding, 1);
  await held.w.run(() => held.heard.length > 0, HOUR);
  assert.equal(held.w.now() - begin, 11 * 60_000);
  assert.equal(held.net.holding, 0);
  assert.equal(held.w.situations['message-held-beyond-a-saga'], 1);
});

test('a partition counts once, however many messages it swallows, and ends', async () => {
  const cut = scene({});
  cut.net.partitions.cut(new Set(['here']), 'partition', 1_000);
  await cut.send(4);
  assert.deepEqual([cut.heard, cut.w.counts.partition], [[], 1]);
  await cut.send(1);
  assert.deepEqual(cut.heard, [0]);
});

test('a one-way partition swallows what its side sends, and lets it hear', async () => {
  const deaf = scene({});
  deaf.net.partitions.cut(new Set(['there']), 'oneWayPartition', HOUR);
  await deaf.send(2);
  assert.equal(deaf.heard.length, 2);
  assert.equal(deaf.w.counts.oneWayPartition, 0);
  const mute = scene({});
  mute.net.partitions.cut(new Set(['here']), 'oneWayPartition', HOUR);
  await mute.send(2);
  assert.equal(mute.heard.length, 0);
  assert.equal(mute.w.counts.oneWayPartition, 1);
});

test('a host that stands still gets its messages when it goes on, and counts one pause', async () => {
  const still = scene({});
  still.there.pausedUntil = still.w.now() + 5_000;
  const begin = still.w.now();
  void still.send(3);
  await still.w.run(() => still.heard.length > 0, HOUR);
  assert.ok(still.w.now() - begin >= 5_000);
  assert.equal(still.w.counts.pause, 1);
});

test('a host that died asks nobody', async () => {
  const ghost = scene({});
  ghost.here.alive = false;
  let asked = false;
  const to = { name: 'there', life: () => ghost.there };
  const answer = async () => {
    asked = true;
    return 1;
  };
  void ghost.net.ask({ what: 'q', from: ghost.here, to, timeoutMs: 100, answer });
  await ghost.w.run(() => asked, HOUR);
  assert.equal(asked, false);
});
