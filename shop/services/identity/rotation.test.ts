// Does another key take its turn without a token being refused, and is a withdrawn one gone?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rotate, withdraw } from './rotate.ts';
import { CURRENT, NEXT, PUBLISHED_MS, type SigningKeyRecord, turned } from './signing-key.ts';

const DAY_MS = 86_400_000;
const key = (kid: string, more: Partial<SigningKeyRecord> = {}): SigningKeyRecord => ({
  ...{ owner: 'service:identity', kid, seed: 'seed', x: 'x' },
  ...more,
});
const kept = (id: string, data: SigningKeyRecord) => ({ id, revision: 1, data });

/** Applies a turn as a store would. */
function ring() {
  const stored = new Map<string, SigningKeyRecord>();
  const found = (id: string) => {
    const data = stored.get(id);
    return data && kept(id, data);
  };
  let made = 0;
  return {
    stored,
    kids: () => [...stored.values()].map(({ kid }) => kid),
    at(ms: number): string {
      made += 1;
      const loaded = { current: found(CURRENT), next: found(NEXT) };
      const { key: signs, documents } = turned(loaded, key(`k${made}`), ms);
      for (const { id, data } of documents)
        if (data === undefined) stored.delete(id);
        else stored.set(id, data);
      return signs.kid;
    },
  };
}

test('a key is published before it signs, signs for a month, and is published until its tokens are dead', () => {
  const { at, kids, stored } = ring();
  assert.equal(at(0), 'k1');
  assert.equal(at(29 * DAY_MS), 'k1');
  assert.deepEqual(kids(), ['k1']);
  const month = 30 * DAY_MS;
  assert.equal(at(month), 'k1');
  assert.deepEqual(kids().sort(), ['k1', 'k3']);
  assert.equal(at(month + PUBLISHED_MS - 1), 'k1');
  assert.equal(at(month + PUBLISHED_MS), 'k3');
  assert.deepEqual(kids().sort(), ['k1', 'k3']);
  const retired = stored.get('k1');
  assert.deepEqual([retired?.seed, retired?.ends], ['', month + PUBLISHED_MS + 960_000]);
  assert.equal(stored.get(CURRENT)?.seed, 'seed');
});

const decided = (given: object) =>
  rotate.handling.decide({
    at: 1_000,
    id: 'u',
    prepared: { candidate: key('new') },
    ...given,
  } as any) as any;
const withdrawn = (given: object) =>
  withdraw.handling.decide({
    at: 1_000,
    id: 'u',
    prepared: { candidate: key('new') },
    ...given,
  } as any) as any;
const changes = (documents: readonly any[]) =>
  documents.map(({ id, data }) => [id, data?.kid, data?.since]);

test('an administrator makes the next key, or brings it forward, but never back', () => {
  const loaded = { current: kept(CURRENT, key('old')), next: undefined, keys: [] };
  const first = decided({ input: { afterSeconds: 60 }, loaded });
  assert.deepEqual(changes(first.documents), [[NEXT, 'new', 61_000]]);
  assert.deepEqual(first.reply, { kid: 'new', signsFrom: 61_000 });
  const next = kept(NEXT, key('coming', { since: 30_000 }));
  const second = (afterSeconds: number) =>
    decided({ input: { afterSeconds }, loaded: { ...loaded, next } }).reply;
  assert.deepEqual(second(60), { kid: 'coming', signsFrom: 30_000 });
  assert.deepEqual(second(5), { kid: 'coming', signsFrom: 6_000 });
});

test('more keys than verifiers take are not published', () => {
  const keys = Array.from({ length: 255 }, (_, n) => kept(`k${n}`, key(`k${n}`)));
  const loaded = { current: kept(CURRENT, key('old')), next: undefined, keys };
  const input = { afterSeconds: 60 };
  assert.deepEqual(decided({ input, loaded }).reply, { kid: 'old', signsFrom: 1_000 });
  const fewer = { ...loaded, keys: keys.slice(1) };
  assert.equal(decided({ input, loaded: fewer }).reply.kid, 'new');
});

test('a withdrawal leaves one key that nobody has seen', () => {
  const current = kept(CURRENT, key('old'));
  const others = [kept(NEXT, key('coming')), kept('older', key('older'))];
  const loaded = { current, next: others[0], keys: [current, ...others] };
  const { documents } = withdrawn({ loaded });
  assert.deepEqual(changes(documents), [
    [CURRENT, 'new', 1_000],
    [NEXT, undefined, undefined],
    ['older', undefined, undefined],
  ]);
});
