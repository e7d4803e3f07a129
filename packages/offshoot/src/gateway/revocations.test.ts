// Is a token refused soon after its session has ended, and never for another reason?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RevocationOptions, RevocationPage } from './revocations.ts';
import { toyEdge } from './toy-edge.ts';

interface Issuer {
  page: RevocationPage;
  isAway: boolean;
  asked: number[];
}

function setting(more: Partial<RevocationOptions> = {}) {
  const issuer: Issuer = {
    page: { revoked: [], more: false, kids: ['k1'] },
    isAway: false,
    asked: [],
  };
  const keys: { kid: string; x: string }[] = [];
  const revocations: RevocationOptions = {
    lifeSeconds: 900,
    async ask(since) {
      issuer.asked.push(since);
      if (issuer.isAway) throw new Error('no route to the issuer');
      return issuer.page;
    },
    ...more,
  };
  const tokens = { issuer: 'toy', audience: 'api', type: 'at+jwt' };
  const edge = toyEdge(undefined, { tokens: { ...tokens, keys: async () => keys, revocations } });
  keys.push({ kid: 'k1', x: edge.key.x });
  const ask = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await edge.ask('GET', '/api/v1/orders/7', { headers })).status;
  };
  return { edge, issuer, keys, ask };
}

test('a session that ended is refused within 5 seconds, and another of the same user is not', async () => {
  const { edge, issuer, ask } = setting();
  const one = edge.token({ sid: 's1' });
  const other = edge.token({ sid: 's2' });
  assert.deepEqual([await ask(one), await ask(other)], [200, 200]);
  issuer.page = {
    ...issuer.page,
    revoked: [{ kind: 'session', id: 's1', at: edge.runtime.now() }],
  };
  edge.pass(4_001);
  assert.deepEqual([await ask(one), await ask(other)], [401, 200]);
});

test('with requests in between it is refused in a second or two', async () => {
  const { edge, issuer, ask } = setting();
  const token = edge.token({ sid: 's1' });
  assert.equal(await ask(token), 200);
  issuer.page = {
    ...issuer.page,
    revoked: [{ kind: 'session', id: 's1', at: edge.runtime.now() }],
  };
  edge.pass(1_001);
  await ask(token); // begins to ask
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await ask(token), 401);
});

test('all that a user had is refused; what they get later is not', async () => {
  const { edge, issuer, ask } = setting();
  const now = edge.runtime.now();
  const early = edge.token({ iat: Math.floor(now / 1_000) - 60 });
  issuer.page = { ...issuer.page, revoked: [{ kind: 'user', id: 'u1', at: now - 30_000 }] };
  assert.equal(await ask(early), 401);
  assert.equal(await ask(edge.token()), 200);
  assert.equal(await ask(edge.token({ sub: 'u2', iat: Math.floor(now / 1_000) - 60 })), 200);
});

test('a withdrawn key is forgotten, and a new one known before a token names it', async () => {
  const { edge, issuer, keys, ask } = setting();
  const spare = toyEdge();
  const token = edge.token();
  assert.equal(await ask(token), 200);
  keys.splice(0, 1, { kid: 'k2', x: spare.key.x });
  issuer.page = { ...issuer.page, kids: ['k2'] };
  edge.pass(4_001);
  assert.equal(await ask(token), 401);
  assert.equal(await ask(spare.token({}, 'k2')), 200);
});

test('the issuer is asked once a second whatever comes, for what is new and a little more', async () => {
  const { edge, issuer, ask } = setting();
  const token = edge.token();
  const begun = edge.runtime.now();
  for (let turn = 0; turn < 10; turn += 1) {
    for (let n = 0; n < 20; n += 1) await ask(token);
    edge.pass(1_001);
  }
  assert.ok(issuer.asked.length >= 9 && issuer.asked.length <= 11, String(issuer.asked.length));
  assert.ok(issuer.asked[0]! < begun - 900_000);
  assert.ok(issuer.asked.at(-1)! > begun - 10_500);
});

test('pages are asked for until there are no more', async () => {
  const page = (id: string, at: number, more: boolean): RevocationPage => ({
    ...{ revoked: [{ kind: 'session', id, at }], more, kids: ['k1'] },
  });
  const now = Date.now();
  const pages = [page('s1', now - 2, true), page('s2', now - 1, true), page('s3', now, false)];
  const { edge, ask } = setting({ ask: async () => pages.shift()! });
  assert.equal(await ask(edge.token({ sid: 's3' })), 401);
  assert.equal(pages.length, 0);
});

test('while the issuer is away good tokens are believed, with one word in the log, or refused by choice', async () => {
  const open = setting();
  const token = open.edge.token();
  assert.equal(await open.ask(token), 200);
  open.issuer.isAway = true;
  for (let turn = 0; turn < 20; turn += 1) {
    open.edge.pass(1_001);
    assert.equal(await open.ask(token), 200);
  }
  const said = open.edge.lines.filter(({ message }) => message.includes('ended is not known'));
  assert.equal(said.length, 1);
  const strict = setting({ whenUnknown: 'refuse' });
  const other = strict.edge.token();
  assert.equal(await strict.ask(other), 200);
  strict.issuer.isAway = true;
  strict.edge.pass(5_001);
  assert.equal(await strict.ask(other), 503);
  strict.issuer.isAway = false;
  strict.edge.pass(1_001);
  assert.equal(await strict.ask(other), 200);
});
