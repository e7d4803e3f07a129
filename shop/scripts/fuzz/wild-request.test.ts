// Is what the fuzz asks what it means to ask: good where it says good, sendable, and no harm to the cast?
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { edgePath, isAtEdge, openapi, parse } from 'offshoot/contract';
import { gateway } from '../../edge/gateway.ts';
import { chance } from './chance.ts';
import { JUNK_HEADERS, JUNK_QUERIES, ODD_PATHS } from './junk.ts';
import { known } from './known.ts';
import type { Cast, Person } from './person.ts';
import { NOBODY } from './person.ts';
import { drafted, sender } from './request.ts';
import { INPUT_SPOILINGS } from './spoiled-input.ts';
import { DRAFT_SPOILINGS } from './spoiled-request.ts';
import type { Stage } from './stage.ts';
import { surfaceOf } from './surface.ts';
import { validInput } from './valid-input.ts';
import { wildRequests } from './wild-request.ts';

const document = openapi(gateway.contracts, { title: 'The shop', version: '1' });
const surface = surfaceOf(JSON.parse(JSON.stringify(document)));
const by = chance(11);
const someone = (name: string): Person => ({
  ...{ name, userId: `id-of-${name}`, authorization: `Bearer ${name}`, isLive: true },
  isAdmin: name === 'admin',
});

/** By operation id: its contract, and the path at which it stands. */
const contracts: ReadonlyMap<string, { one: any; path: string }> = new Map(
  gateway.contracts.flatMap((contract) =>
    Object.values(contract.operations)
      .filter(isAtEdge)
      .map((one) => [`${one.service}.${one.name}`, { one, path: edgePath(contract, one) }]),
  ),
);

test('the description is read whole, and each of its paths is found', () => {
  assert.deepEqual(surface.operations.map(({ id }) => id).sort(), [...contracts.keys()].sort());
  for (const { id, method, path } of surface.operations) {
    assert.equal(path, contracts.get(id)?.path);
    assert.equal(surface.find(method, path.replace(/\{\w+\}/g, 'x'))?.id, id);
  }
  assert.equal(surface.find('GET', '/api/orders/statistics?a=1')?.id, 'orders.statistics');
  assert.equal(surface.find('GET', '/api/v1/orders/'), undefined);
  assert.equal(surface.find('PUT', '/api/v1/orders'), undefined);
});

test('an input that is meant to be good fits its contract', () => {
  for (const operation of surface.operations) {
    const { one } = contracts.get(operation.id)!;
    const tags = one.spec.ifMatch ? { [one.spec.ifMatch]: ['1'] } : {};
    for (let count = 0; count < 100; count += 1) {
      const input = validInput(operation, someone('customer'), { chance: by, known: known() });
      const sent = JSON.parse(JSON.stringify(input));
      const parsed = parse(one.input, { ...sent, ...tags });
      assert.ok(parsed.ok, `${operation.id} ${JSON.stringify(sent)} ${JSON.stringify(parsed)}`);
    }
  }
});

test('what the shop told is asked about again, but never in the name of the cast', () => {
  const things = known();
  const get = surface.named('orders.get');
  things.protect('admin-1');
  things.learn(surface.named('users.list'), 'admin', {
    items: [{ userId: 'admin-1' }, { userId: 'u-2' }],
    next: 'u-2',
  });
  things.learn(surface.named('orders.place'), 'customer', { orderId: 'o-1' });
  assert.equal(things.value('userId', surface.named('users.erase'), 'admin', by), 'u-2');
  assert.equal(things.value('orderId', get, 'customer', by), 'o-1');
  assert.equal(things.value('cursor', surface.named('users.list'), 'admin', by), 'u-2');
  assert.equal(things.value('cursor', surface.named('orders.list'), 'admin', by), undefined);
});

test('everything that is spoiled can still be sent', async (t) => {
  const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    request.resume().on('end', () => response.end());
  });
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const line = sender(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 4);
  t.after(() => {
    line.close();
    server.close();
  });
  const sent = async (how: string, change: (draft: ReturnType<typeof drafted>) => void) => {
    for (const operation of surface.operations.slice(0, 12)) {
      const input = validInput(operation, NOBODY, { chance: by, known: known() });
      const draft = drafted(operation, NOBODY, input, 'fuzz-1-q');
      change(draft);
      const { status, text } = await line.send(draft);
      assert.equal(status, 200, `${how}: ${text}`);
    }
  };
  for (const { name, fits, spoil } of DRAFT_SPOILINGS)
    await sent(name, (draft) => fits(draft) && spoil(draft, by));
  for (const [name, value] of JUNK_HEADERS)
    await sent(name, (draft) => {
      draft.headers[name] = value;
    });
  for (const query of JUNK_QUERIES)
    await sent(query, (draft) => {
      draft.target += `?${query}`;
    });
  for (const path of ODD_PATHS)
    await sent(path, (draft) => {
      draft.target = path;
    });
});

test('chance does something to every operation, in every way, and nothing to the cast', () => {
  const people = ['admin', 'customer', 'other', 'blocked', 'erased'];
  const cast = {
    ...Object.fromEntries(people.map((name) => [name, someone(name)])),
    strangers: [NOBODY],
  } as unknown as Cast;
  const things = known();
  const stage = {
    ...{ surface, known: things, chance: by },
    draft: (operation: any, who: any, input: any) => drafted(operation, who, input, 'fuzz-1-q'),
  } as unknown as Stage;
  const next = wildRequests(stage, cast);
  const how = new Set<string>();
  const asked = new Set<string>();
  for (let count = 0; count < 20_000; count += 1) {
    const draft = next();
    asked.add(draft.operation.id);
    for (const one of draft.how) how.add(one);
    const isHarm = draft.method === 'DELETE' || draft.target.endsWith('/block');
    assert.ok(!isHarm || !draft.target.includes('id-of-'), `${draft.method} ${draft.target}`);
  }
  assert.equal(asked.size, surface.operations.length);
  const ways = [...INPUT_SPOILINGS, ...DRAFT_SPOILINGS].map(({ name }) => name);
  assert.deepEqual([...how].sort(), ways.sort());
});
