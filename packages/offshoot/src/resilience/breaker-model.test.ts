// Checks the breaker against a model that only knows the rules, over interleavings drawn by fast-check.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Breaker, type BreakerRules, breaker, type CallOutcome, REFUSED } from './index.ts';

const RULES = { failuresMax: 3, openMs: 100, openMsMax: 400, successesMin: 2, probeMsMax: 50 };
const RATE = { percent: 50, callsMin: 4, windowMs: 1_000 };

/** A call in flight, as the model remembers it. */
interface Held {
  readonly permit: number;
  readonly sinceMs: number;
  /** Which state it was let in by: answers to older ones count for nothing. */
  readonly era: number;
}

/** What the documents say, with no care for speed: every call of the window is remembered. */
class Model {
  era = 0;
  state: 'closed' | 'open' = 'closed';
  untilMs = 0;
  openForMs = RULES.openMs;
  inRow = 0;
  probes = 0;
  probeSince: number | undefined = undefined;
  forced: 'open' | 'closed' | undefined = undefined;

  lets(nowMs: number): boolean {
    if (this.forced) return this.forced === 'closed';
    if (this.state === 'closed') return true;
    if (nowMs < this.untilMs) return false;
    if (this.probeSince === undefined) {
      this.probeSince = nowMs;
      return true;
    }
    if (nowMs - this.probeSince > RULES.probeMsMax) this.open(nowMs);
    return false;
  }

  end(held: Held, outcome: string, nowMs: number): void {
    if (held.era !== this.era) return;
    if (outcome === 'unknown') this.probeSince = undefined;
    else if (this.state === 'open') {
      this.probeSince = undefined;
      this.probes += 1;
      if (outcome === 'failure') this.open(nowMs);
      else if (this.probes >= RULES.successesMin) this.close();
    } else {
      this.inRow = outcome === 'failure' ? this.inRow + 1 : 0;
      if (this.inRow >= RULES.failuresMax) this.open(nowMs);
    }
  }

  open(nowMs: number): void {
    this.era += 1;
    this.state = 'open';
    this.untilMs = nowMs + this.openForMs;
    this.openForMs = Math.min(this.openForMs * 2, RULES.openMsMax);
    this.inRow = 0;
    this.probes = 0;
    this.probeSince = undefined;
  }

  close(): void {
    this.era += 1;
    this.state = 'closed';
    this.openForMs = RULES.openMs;
    this.inRow = 0;
    this.probes = 0;
    this.probeSince = undefined;
  }

  force(state: 'open' | 'closed' | undefined): void {
    this.era += 1;
    this.forced = state;
    this.probeSince = undefined;
  }

  look(nowMs: number): string {
    if (this.forced) return this.forced;
    if (this.state === 'closed') return 'closed';
    return nowMs < this.untilMs ? 'open' : 'half-open';
  }
}

type Step =
  | { readonly do: 'call' }
  | { readonly do: 'end'; readonly which: number; readonly outcome: string }
  | { readonly do: 'storm' }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'force'; readonly to: 'open' | 'closed' | undefined }
  | { readonly do: 'reset' };

const outcome = fc.constantFrom('success', 'success', 'failure', 'failure', 'unknown');
const TIMES = [1, 49, 51, 100, 200, 400]; // the times at which something changes
const of = <const K extends string>(name: K) => fc.constant(name);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: of('call') }) },
  { weight: 10, arbitrary: fc.record({ do: of('end'), which: fc.nat(9), outcome }) },
  { weight: 4, arbitrary: fc.record({ do: of('storm') }) },
  { weight: 8, arbitrary: fc.record({ do: of('pass'), ms: fc.constantFrom(...TIMES) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: of('force'), to: fc.constantFrom('open', 'closed', undefined) }),
  },
  { weight: 1, arbitrary: fc.record({ do: of('reset') }) },
);

/** Runs both; says where they part, undefined if nowhere. */
function parting(steps: readonly Step[], make: (clock: () => number) => Breaker) {
  let now = 0;
  const model = new Model();
  const real = make(() => now);
  const held: Held[] = [];
  const call = (): boolean => {
    const permit = real.enter(now);
    const isIn = model.lets(now);
    if (isIn) held.push({ permit, sinceMs: now, era: model.forced ? -1 : model.era });
    return isIn === (permit !== REFUSED);
  };
  const end = (which: number, how: string): void => {
    const [ended] = held.splice(which % Math.max(1, held.length), 1);
    if (!ended) return;
    real.leave(ended.permit, how as CallOutcome, now, now - ended.sinceMs);
    model.end(ended, how, now);
  };
  for (const [index, one] of steps.entries()) {
    let isSame = true;
    if (one.do === 'pass') now += one.ms;
    else if (one.do === 'call') isSame = call();
    else if (one.do === 'end') end(one.which, one.outcome);
    else if (one.do === 'storm')
      for (let failure = 0; failure < RULES.failuresMax; failure += 1) {
        const before = held.length;
        isSame &&= call();
        if (held.length > before) end(before, 'failure');
      }
    else if (one.do === 'force') {
      real.force(one.to);
      model.force(one.to);
    } else {
      real.reset();
      model.forced = undefined;
      model.close();
    }
    if (!isSame) return `${index}: one of them lets a call in`;
    if (real.state !== model.look(now)) return `${index}: ${real.state}, not ${model.look(now)}`;
  }
  return undefined;
}

const made = (clock: () => number, rules: BreakerRules = {}) =>
  breaker({ name: 'upstream', clock, random: () => 0, ...RULES, ...rules });

test('does as the model does, whatever ends when, in twenty thousand interleavings', () => {
  const steps = fc.array(step, { maxLength: 60 });
  fc.assert(
    fc.property(steps, (all) => {
      assert.equal(
        parting(all, (clock) => made(clock)),
        undefined,
      );
    }),
    { numRuns: 20_000 },
  );
});

const DEFECTS: Readonly<Record<string, (real: Breaker) => Breaker>> = {
  'a probe for everybody': (real) => ({
    ...real,
    get state() {
      return real.state;
    },
    enter(nowMs) {
      const permit = real.enter(nowMs);
      return permit === REFUSED && real.state === 'half-open' ? 0 : permit;
    },
  }),
  'an old success closes it': (real) => ({
    ...real,
    get state() {
      return real.state;
    },
    leave: (permit, how, nowMs, ms) =>
      how === 'success' && real.state === 'open'
        ? real.reset()
        : real.leave(permit, how, nowMs, ms),
  }),
  'unknown counts as a failure': (real) => ({
    ...real,
    get state() {
      return real.state;
    },
    leave: (permit, how, nowMs, ms) =>
      real.leave(permit, how === 'unknown' ? 'failure' : how, nowMs, ms),
  }),
};

const WRONG: Readonly<Record<string, BreakerRules>> = {
  'one success closes it': { successesMin: 1 },
  'one failure more is borne': { failuresMax: 4 },
  'the time open does not grow': { openMsMax: 100 },
  'a silent probe is waited for': { probeMsMax: 1e9 },
};

for (const [defect, wrap] of Object.entries(DEFECTS))
  test(`the model finds a planted defect: ${defect}`, () => {
    const found = fc.check(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        (all) => parting(all, (clock) => wrap(made(clock))) === undefined,
      ),
      { numRuns: 5_000 },
    );
    assert.equal(found.failed, true);
  });

for (const [defect, rules] of Object.entries(WRONG))
  test(`the model finds a planted defect: ${defect}`, () => {
    const found = fc.check(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        (all) => parting(all, (clock) => made(clock, rules)) === undefined,
      ),
      { numRuns: 20_000 },
    );
    assert.equal(found.failed, true);
  });

test('opens on a share of failures exactly when a list of all calls says so', () => {
  const call = fc.record({ ms: fc.nat(40), failed: fc.boolean() });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 80 }), (calls) => {
      let now = 0;
      const rules = { failuresMax: Number.POSITIVE_INFINITY, failureRate: RATE };
      const real = made(() => now, rules);
      const all: { readonly at: number; readonly failed: boolean }[] = [];
      for (const { ms, failed } of calls) {
        now += ms;
        const permit = real.enter(now);
        real.leave(permit, failed ? 'failure' : 'success', now, 1);
        all.push({ at: now, failed });
        // The window is of whole tenths: what is in it began less than ten tenths ago.
        const from = (Math.floor(now / 100) - 9) * 100;
        const recent = all.filter(({ at }) => at >= from);
        const failures = recent.filter((one) => one.failed).length;
        const isOver = recent.length >= RATE.callsMin && failures * 2 >= recent.length;
        assert.equal(real.state, failed && isOver ? 'open' : 'closed');
        if (real.state === 'open') return;
      }
    }),
    { numRuns: 5_000 },
  );
});
