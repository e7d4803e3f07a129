import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chance } from '../fuzz/chance.ts';
import { corpus } from './corpus.ts';
import { mutations } from './mutations.ts';
import { spoofs } from './spoofs.ts';
import { readRequests } from './strict-reader.ts';

const all = corpus();

test('there are at least 300 attacks in at least 15 classes, ten or more in each, none twice', () => {
  const classes = Map.groupBy(all, (one) => one.class);
  assert.ok(all.length >= 300, String(all.length));
  assert.ok(classes.size >= 15, String(classes.size));
  for (const [name, attacks] of classes) assert.ok(attacks.length >= 10, name);
  assert.equal(new Set(all.map((one) => `${one.class}: ${one.tries}`)).size, all.length);
  const bytes = new Set(all.map((one) => one.bytes + (one.answer ?? '')));
  assert.ok(bytes.size > all.length * 0.98, `${bytes.size} of ${all.length} differ`);
});

test('what must be served is whole to a strict reader; what is served before a refusal too', () => {
  for (const { must, reaches, bytes, answer, tries } of all) {
    if (answer !== undefined) continue;
    const { requests, end } = readRequests(bytes);
    if (must === 'serve') assert.ok(requests.length > 0 && end === 'clean', tries);
    assert.ok(requests.length >= reaches, tries);
  }
});

test('a seed makes the same mutations and the same spoofs, another seed others', () => {
  const made = (seed: number) => {
    const line = mutations(chance(seed), all);
    return Array.from({ length: 50 }, () => line.next().value?.attack.bytes).join();
  };
  assert.equal(made(1), made(1));
  assert.notEqual(made(1), made(2));
  const names = (seed: number) => [...spoofs(chance(seed), 100)].map((one) => one.bytes).join();
  assert.equal(names(1), names(1));
  assert.notEqual(names(1), names(2));
});

test('10,000 spoofs are 10,000 different ones', () => {
  assert.equal(new Set([...spoofs(chance(1), 10_000)].map((one) => one.bytes)).size, 10_000);
});
