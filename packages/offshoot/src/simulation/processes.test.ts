// Does a simulated topology call, believe and follow as its processes do?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../rpc/index.ts';
import { ANONYMOUS } from '../security/index.ts';
import type { Fleet } from './fleet.ts';
import { toyScenario } from './gate/toy-scenario.ts';
import { simulateSeeds } from './seeds.ts';
import { type Drill, simulate } from './simulate.ts';

const processes = { ...toyScenario, edge: 'front', beside: [] };
const SEEDS = 12;

test('a system in two processes lives through its seeds, each the same again', async () => {
  const hashes: string[][] = [[], []];
  for (const run of hashes) {
    const each = ({ hash }: { readonly hash: string }) => void run.push(hash);
    const { broken, faultsByKind } = await simulateSeeds(() => processes, { seeds: SEEDS, each });
    assert.deepEqual(broken, []);
    for (const kind of ['drop', 'crash', 'clockForward', 'clockBackward', 'partition'] as const)
      assert.ok(faultsByKind[kind] > 0, `no ${kind}`);
  }
  assert.deepEqual(hashes[0], hashes[1]);
  assert.equal(new Set(hashes[0]).size, SEEDS);
});

test('a process believes the edge of a person, and nobody without a passport', async () => {
  const said: string[] = [];
  const calling: Drill['workload'] = async (client, fleet: Fleet) => {
    await client.sleep(1_000);
    const [front, back] = fleet.hosts;
    const headers = { deadlineMs: 1_000, correlationId: 'c', causationId: 'c', traceparent: '' };
    const call = { service: 'depot', operation: 'offshoot.head', input: null, headers };
    const asked = { ...call, principal: ANONYMOUS } as Call;
    const replies = [await front!.transport(asked), await back!.door({ ...call, passport: {} })];
    for (const reply of replies) if (reply.kind === 'error') said.push(reply.error.code);
  };
  const drill = { ...processes, workload: calling, invariants: () => [] };
  const { violations } = await simulate(drill as never, 7n, {
    without: ['drop', 'crash', 'partition', 'oneWayPartition', 'crashAtPoint', 'delay', 'hold'],
  });
  assert.deepEqual(violations, []);
  assert.deepEqual(said, ['FORBIDDEN', 'UNAUTHENTICATED']); // the edge's word is taken, but no feed is for people
});
