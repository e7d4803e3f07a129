import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { manualRuntime, seededRandom } from '../testing/index.ts';
import { fixed, gradient, latency, loopLag, shedder } from './index.ts';

/** Rings what was planned last when it is told to, whatever the time is. */
function clockByHand() {
  const clock = {
    now: 0,
    ring: (): void => {},
    runtime: {
      monotonic: () => clock.now,
      after: (_: number, task: () => void) => {
        clock.ring = task;
        return () => {};
      },
    },
  };
  return clock;
}

test('a quantile is never too small, and at most 8 % too large, whatever the times', () => {
  const times = fc.array(fc.double({ min: 0.1, max: 10_000, noNaN: true }), { minLength: 64 });
  fc.assert(
    fc.property(times, (all) => {
      const p95 = latency({ callsMin: all.length });
      for (const ms of all) p95.add(ms);
      const sorted = [...all].sort((a, b) => a - b);
      const exact = sorted[Math.max(0, Math.ceil(all.length * 0.95) - 1)]!;
      assert.ok(p95.ms! >= exact * 0.999 && p95.ms! <= exact * 1.081, `${p95.ms} for ${exact}`);
    }),
  );
});

test('an old time is forgotten', () => {
  const p95 = latency({ callsMax: 100 });
  for (let call = 0; call < 200; call += 1) p95.add(1_000);
  for (let call = 0; call < 1_000; call += 1) p95.add(10);
  assert.ok(p95.ms! < 12, String(p95.ms));
});

/** A callee that serves `slots` at once, 10 ms each, and queues the rest: its time under a load. */
const timeOf = (running: number, slots: number) => 10 * Math.max(1, running / slots);

test('the limit grows while the callee keeps up, and stops where its queue begins', () => {
  for (const slots of [30, 60, 120]) {
    const limit = gradient();
    for (let call = 0; call < 3_000; call += 1)
      limit.sample(timeOf(limit.max, slots), limit.max, true);
    assert.ok(limit.max >= slots && limit.max <= slots * 1.8, `${limit.max} for ${slots} slots`);
  }
});

test('an overload that lasts does not teach it that slow is normal', () => {
  const limit = gradient();
  for (let call = 0; call < 1_000; call += 1) limit.sample(10, 15, false);
  for (let call = 0; call < 100_000; call += 1)
    limit.sample(timeOf(limit.max, 20), limit.max, true);
  assert.ok(limit.max < 40, String(limit.max));
});

test('it falls to its minimum in an outage, and comes back', () => {
  const limit = gradient();
  for (let call = 0; call < 500; call += 1) limit.sample(timeOf(limit.max, 60), limit.max, true);
  assert.ok(limit.max >= 60);
  for (let call = 0; call < 200; call += 1) limit.sample(5_000, limit.max, true);
  assert.equal(limit.max, 20);
  for (let call = 0; call < 500; call += 1) limit.sample(timeOf(limit.max, 60), limit.max, true);
  assert.ok(limit.max >= 60, String(limit.max));
});

function kitchen(options: { slots?: number; waitingMax?: number } = {}) {
  const runtime = manualRuntime();
  const { slots = 2, ...others } = options;
  const made = shedder({ name: 'kitchen', runtime, limit: fixed(slots), ...others });
  const begun: string[] = [];
  const order = (name: string, criticality: 'critical' | 'default' | 'sheddable' = 'default') =>
    made
      .run(
        () => {
          begun.push(name);
          return runtime.sleep(10);
        },
        { criticality },
      )
      .catch(({ code }) => code as string);
  return { runtime, made, begun, order };
}

test('the more critical go first, the oldest of them first while there is no overload', async () => {
  const { runtime, begun, order } = kitchen({ slots: 1 });
  void order('a');
  void order('b', 'sheddable');
  void order('c');
  void order('d', 'critical');
  void order('e', 'critical');
  await runtime.advance(100);
  assert.deepEqual(begun, ['a', 'd', 'e', 'c', 'b']);
});

test('in an overload the newest goes first, and nobody waits for longer than twice the target', async () => {
  const { runtime, begun, order, made } = kitchen({ slots: 1 });
  let number = 0;
  const outcomes: Promise<unknown>[] = [];
  for (let ms = 0; ms < 400; ms += 2) {
    outcomes.push(order(String(++number)));
    await runtime.advance(2);
  }
  assert.equal(made.look().isOverloaded, true);
  const late = begun.slice(20).map(Number);
  for (const [index, one] of late.entries())
    assert.ok(index === 0 || one > late[index - 1]!, 'newest first never goes back');
  await runtime.advance(200);
  const shed = (await Promise.all(outcomes)).filter((one) => one === 'OVERLOADED').length;
  assert.equal(shed, made.look().shed.default);
  assert.equal(begun.length + shed, number);
});

test('who would be late is not begun; an outage does not teach that everything takes long', async () => {
  const { runtime, made } = kitchen({ slots: 4 });
  const serve = (ms: number, remainingMs: number) =>
    made
      .run(() => runtime.sleep(ms), { remainingMs })
      .then(
        () => 'served',
        ({ code }) => code as string,
      );
  for (let one = 0; one < 200; one += 1) {
    const served = serve(50, 1_000);
    await runtime.advance(50);
    await served;
  }
  void serve(50, 1_000);
  assert.equal(await serve(50, 20), 'OVERLOADED');
  for (let one = 0; one < 200; one += 1) {
    const slow = serve(5_000, 10_000);
    await runtime.advance(5_000);
    await slow;
  }
  const first = serve(10, 100);
  await runtime.advance(10);
  assert.equal(await first, 'served', 'the first one always finds out');
});

test('a full line gives a place to the more critical, at the cost of the least', async () => {
  const { runtime, order, begun, made } = kitchen({ slots: 1, waitingMax: 2 });
  void order('a');
  const outcomes = [order('b', 'sheddable'), order('c'), order('d'), order('e', 'critical')];
  await runtime.advance(100);
  assert.deepEqual(begun, ['a', 'e', 'd']);
  assert.deepEqual((await Promise.all(outcomes)).slice(0, 2), ['OVERLOADED', 'OVERLOADED']);
  assert.deepEqual(made.look().shed, { critical: 0, default: 1, sheddable: 1 });
});

test('an overload of one class does not make the more critical impatient', async () => {
  const runtime = manualRuntime();
  const made = shedder({ name: 's', runtime, limit: fixed(1) });
  const cook = (criticality: 'critical' | 'default') =>
    made
      .run(() => runtime.sleep(40), { criticality, remainingMs: 500 })
      .then(
        () => 'served',
        () => 'shed',
      );
  for (let ms = 0; ms < 200; ms += 5) {
    void cook('default');
    await runtime.advance(5);
  }
  assert.equal(made.look().isOverloaded, true);
  const critical = cook('critical');
  await runtime.advance(100);
  assert.equal(await critical, 'served');
});

test('who waited while the process itself stood still has not waited', async () => {
  const clock = clockByHand();
  const made = shedder({ name: 's', runtime: clock.runtime, limit: fixed(1) });
  for (let one = 0; one < 4; one += 1) void made.enter('default', 1_000, clock.now);
  clock.now = 400; // nothing happened for so long: no timer rang, nothing ended
  clock.ring();
  made.leave(10, clock.now);
  const { running, waiting, isOverloaded } = made.look();
  assert.deepEqual(
    { running, waiting, isOverloaded },
    { running: 1, waiting: 2, isOverloaded: false },
  );
});

test('while the process is behind, only the critical get in: the others are refused at once', () => {
  const runtime = manualRuntime();
  const behind = { ms: 0 };
  const lag = { at: () => behind.ms, stop: () => {} };
  const made = shedder({ name: 's', runtime, limit: fixed(10), lag });
  behind.ms = 20;
  assert.equal(made.enter('default', 1_000, 0), true);
  behind.ms = 21;
  assert.equal(made.enter('default', 1_000, 0), false);
  assert.equal(made.enter('critical', 1_000, 0), true);
});

test('a long turn is seen within itself, and is over with the next ring in time', () => {
  const clock = clockByHand();
  const lag = loopLag(clock.runtime);
  clock.now = 40;
  assert.equal(lag.at(clock.now), 30, 'it should have rung at 10');
  clock.ring();
  assert.equal(lag.at(clock.now), 30);
  clock.now = 50;
  clock.ring();
  assert.equal(lag.at(clock.now), 0);
});

test('of three rings the least lag counts, or what it is by now', () => {
  const clock = clockByHand();
  const lag = loopLag(clock.runtime, { everyMs: 10, rings: 3 });
  const ringAfter = (ms: number): number => {
    clock.now += ms;
    clock.ring();
    return lag.at(clock.now);
  };
  assert.equal(ringAfter(500), 0, 'one long turn');
  assert.equal(ringAfter(10), 0);
  assert.deepEqual([ringAfter(60), ringAfter(40), ringAfter(50)], [0, 0, 30]);
  clock.now += 10 + 35;
  assert.equal(lag.at(clock.now), 30);
  assert.equal(ringAfter(0), 30);
  assert.equal(ringAfter(10), 0, 'over with the first ring in time');
});

test('whatever comes when: never more than the limit, nobody forgotten, room never idle', async () => {
  const arrival = fc.record({
    afterMs: fc.nat(6),
    takesMs: fc.integer({ min: 1, max: 30 }),
    criticality: fc.constantFrom('critical' as const, 'default' as const, 'sheddable' as const),
    remainingMs: fc.integer({ min: 1, max: 200 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(arrival, { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      async (arrivals, slots) => {
        const runtime = manualRuntime();
        const made = shedder({ name: 's', runtime, limit: fixed(slots), waitingMax: 8 });
        let told = 0;
        const check = () => {
          const { running, waiting } = made.look();
          assert.ok(running <= slots && waiting <= 8);
          assert.ok(waiting === 0 || running === slots, `${waiting} wait, ${running} run`);
        };
        for (const { afterMs, takesMs, criticality, remainingMs } of arrivals) {
          await runtime.advance(afterMs);
          const end = () => {
            told += 1;
          };
          made.run(() => runtime.sleep(takesMs), { criticality, remainingMs }).then(end, end);
          check();
        }
        await runtime.advance(2_000);
        const { running, waiting, admitted, shed } = made.look();
        assert.deepEqual([told, running, waiting], [arrivals.length, 0, 0]);
        const all = shed.critical + shed.default + shed.sheddable + admitted;
        assert.equal(all, arrivals.length);
      },
    ),
    { numRuns: 60 },
  );
});

test('seeded: at ten times the load the capacity is served, and the critical fifth of it wholly', async () => {
  const runtime = manualRuntime();
  const random = seededRandom(7);
  const made = shedder({ name: 'stock', runtime, limit: fixed(20) });
  const asked = { critical: 0, default: 0 };
  const served = { critical: 0, default: 0 };
  const LONG_MS = 500; // capacity: 20 slots of 10 ms, 2 a millisecond
  for (let ms = 0; ms < LONG_MS; ms += 1) {
    for (let one = 0; one < 20; one += 1) {
      const criticality = random() < 0.02 ? 'critical' : 'default';
      asked[criticality] += 1;
      made
        .run(() => runtime.sleep(10), { criticality, remainingMs: 250 })
        .then(
          () => {
            served[criticality] += 1;
          },
          () => {},
        );
    }
    await runtime.advance(1);
  }
  await runtime.advance(50);
  assert.ok(served.critical + served.default >= LONG_MS * 2 * 0.95);
  assert.equal(served.critical, asked.critical);
});
