// Does each balancer give everybody its share, and does it find who is better off?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../testing/index.ts';
import { endpoint, type TrackedEndpoint } from './endpoint.ts';
import {
  type Balancer,
  balancerNamed,
  consistentHash,
  instance,
  leastInFlight,
  peakEwma,
  random,
  roundRobin,
} from './index.ts';

const NAMES = ['round-robin', 'random', 'least-connections', 'peak-ewma', 'consistent-hash'];

/** Endpoints of the given weights under a clock that the test moves. */
function fleet(weights: readonly number[], time = { now: 0 }, prefix = 'i'): TrackedEndpoint[] {
  return weights.map((weight, n) => {
    const id = `${prefix}${n}`;
    const one = instance({ id, service: 'orders', url: `http://10.0.0.1/${id}`, weight });
    const options = { clock: () => time.now, tauMs: 10_000, slowStartMs: 0, onEnd: () => {} };
    return endpoint(one, options);
  });
}

function shares(
  balancer: Balancer,
  endpoints: readonly TrackedEndpoint[],
  calls: number,
): number[] {
  const counts = new Map(endpoints.map((one) => [one.instance.id, 0]));
  for (let n = 0; n < calls; n += 1) {
    const { id } = balancer.pick(endpoints, { key: `key-${n}` }).instance;
    counts.set(id, counts.get(id)! + 1);
  }
  return [...counts.values()];
}

const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 });

test('round robin gives each exactly its share, in each round', () => {
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 5 }), (given, rounds) => {
      const total = given.reduce((sum, one) => sum + one, 0);
      const counts = shares(roundRobin(), fleet(given), total * rounds);
      assert.deepEqual(
        counts,
        given.map((one) => one * rounds),
      );
    }),
  );
});

test('round robin spreads a heavy one over its round', () => {
  const balancer = roundRobin();
  const endpoints = fleet([5, 1, 1]);
  const order = Array.from({ length: 7 }, () => balancer.pick(endpoints, {}).instance.id);
  assert.deepEqual(order, ['i0', 'i0', 'i1', 'i0', 'i2', 'i0', 'i0']);
});

for (const name of NAMES)
  test(`${name}: idle instances get calls by weight`, () => {
    const given = [1, 2, 3, 4];
    const calls = 20_000;
    const counts = shares(balancerNamed(name, seededRandom(7)), fleet(given), calls);
    given.forEach((weight, at) => {
      const expected = (calls * weight) / 10;
      assert.ok(Math.abs(counts[at]! - expected) < expected * 0.08, `${name}: ${counts}`);
    });
  });

for (const name of NAMES)
  test(`${name}: one instance takes all`, () => {
    assert.deepEqual(shares(balancerNamed(name, seededRandom(1)), fleet([2]), 10), [10]);
  });

test('a balancer that does not exist is refused by name, never replaced', () => {
  const refused = { code: 'BAD_SETTING', message: /no balancer 'fastest'; use one of round-robin/ };
  assert.throws(() => balancerNamed('fastest', Math.random), refused);
  assert.throws(() => balancerNamed('constructor', Math.random), { code: 'BAD_SETTING' });
});

test('least connections keeps calls in flight even, and by weight', () => {
  const busy = (endpoints: TrackedEndpoint[], balancer: Balancer) => {
    for (let n = 0; n < 1_000; n += 1) (balancer.pick(endpoints, {}) as TrackedEndpoint).begin();
    return endpoints.map(({ inFlight }) => inFlight);
  };
  const even = busy(fleet(Array(10).fill(1)), leastInFlight(seededRandom(3)));
  assert.ok(Math.max(...even) - Math.min(...even) <= 8, `${even}`);
  const blind = busy(fleet(Array(10).fill(1)), random(seededRandom(3)));
  assert.ok(Math.max(...blind) - Math.min(...blind) > 20, `without looking: ${blind}`);
  const [heavy, ...light] = busy(fleet([3, 1, 1]), leastInFlight(seededRandom(3)));
  assert.ok(Math.abs(heavy! - 600) < 30, `${heavy} ${light}`);
});

test('peak EWMA sends little to the slow one, and asks it again after a while', () => {
  const time = { now: 0 };
  const endpoints = fleet([1, 1, 1, 1], time);
  const balancer = peakEwma(seededRandom(5));
  let slowMs = 100;
  const counts = new Map<string, number>();
  const call = () => {
    const one = balancer.pick(endpoints, {});
    const { id } = one.instance;
    counts.set(id, (counts.get(id) ?? 0) + 1);
    const end = one.begin();
    time.now += id === 'i0' ? slowMs : 10;
    end('ok');
  };
  for (let n = 0; n < 2_000; n += 1) call();
  const slow = counts.get('i0')!;
  assert.ok(slow > 0 && slow < 100, `${slow} of 2000 went to the slow one, 500 would be its share`);
  slowMs = 10;
  time.now += 60_000;
  counts.clear();
  for (let n = 0; n < 2_000; n += 1) call();
  assert.ok(counts.get('i0')! > 350, `${counts.get('i0')} of 2000 after it recovered`);
});

test('peak EWMA takes no fast failure for a fast answer, and does not stampede a newcomer', () => {
  const time = { now: 0 };
  const [dead, well, fresh] = fleet([1, 1, 1], time);
  const serve = (one: TrackedEndpoint, ms: number, outcome: 'ok' | 'failed') => {
    const end = one.begin();
    time.now += ms;
    end(outcome);
  };
  serve(dead!, 20, 'ok');
  for (let n = 0; n < 50; n += 1) {
    serve(well!, 10, 'ok');
    serve(dead!, 1, 'failed');
    time.now += 1_000;
  }
  assert.ok(dead!.latencyMs! > well!.latencyMs!, `${dead!.latencyMs} > ${well!.latencyMs}`);
  const [stillborn] = fleet([1], time, 's');
  serve(stillborn!, 1, 'failed');
  assert.equal(peakEwma(seededRandom(1)).pick([stillborn!, well!], {}), well);
  const balancer = peakEwma(seededRandom(1));
  const first = balancer.pick([well!, fresh!], {});
  assert.equal(first, fresh);
  fresh!.begin();
  for (let n = 0; n < 20; n += 1) assert.equal(balancer.pick([well!, fresh!], {}), well);
});

const keys = Array.from({ length: 500 }, (_, n) => `order-${n}`);
const placed = (balancer: Balancer, endpoints: readonly TrackedEndpoint[]) =>
  new Map(keys.map((key) => [key, balancer.pick(endpoints, { key })]));

test('consistent hash: when one leaves only its keys move; when one joins keys move only to it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 10 }),
      fc.nat(),
      (given, pick) => {
        const balancer = consistentHash(Math.random);
        const all = fleet(given);
        const leaver = all[pick % all.length]!;
        const rest = all.filter((one) => one !== leaver);
        const before = placed(balancer, all);
        const after = placed(balancer, rest);
        for (const key of keys)
          if (before.get(key) !== leaver) assert.equal(after.get(key), before.get(key), key);
        // Read backwards it is the newcomer: what is elsewhere now went to it alone.
        for (const key of keys)
          if (after.get(key) !== before.get(key)) assert.equal(before.get(key), leaver, key);
      },
    ),
    { numRuns: 50 },
  );
});

test('consistent hash: who reads the list in another order, or elsewhere, finds the same one', () => {
  const all = fleet([1, 2, 3, 4, 5]);
  const again = fleet([1, 2, 3, 4, 5]).reverse();
  const [here, there] = [
    placed(consistentHash(Math.random), all),
    placed(consistentHash(Math.random), again),
  ];
  for (const key of keys)
    assert.equal(here.get(key)?.instance.id, there.get(key)?.instance.id, key);
});

test('consistent hash: one hot key never fills an instance over its bound', () => {
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 300 }), (given, calls) => {
      const balancer = consistentHash(Math.random, { loadMax: 1.25 });
      const all = fleet(given);
      const total = given.reduce((sum, one) => sum + one, 0);
      for (let n = 1; n <= calls; n += 1) {
        const one = balancer.pick(all, { key: 'hot' }) as TrackedEndpoint;
        one.begin();
        const bound = Math.ceil((1.25 * n * one.weight) / total);
        assert.ok(one.inFlight <= bound, `${one.inFlight} in flight, bound ${bound}`);
      }
    }),
  );
});

test('a call without a key goes to anyone', () => {
  const balancer = consistentHash(seededRandom(2));
  const all = fleet([1, 1, 1]);
  const seen = new Set(Array.from({ length: 50 }, () => balancer.pick(all, {}).instance.id));
  assert.equal(seen.size, 3);
});
