// Does the fuzz fail for each thing that it promises to find?
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openapi } from 'offshoot/contract';
import { gateway } from '../../edge/gateway.ts';
import { chance } from './chance.ts';
import type { Figures } from './coverage.ts';
import { NOBODY } from './person.ts';
import { recipesFor } from './recipes.ts';
import { shortcomings, summary } from './report.ts';
import { stage } from './stage.ts';
import { surfaceOf } from './surface.ts';
import { wildRequests } from './wild-request.ts';

const document = JSON.stringify(openapi(gateway.contracts, { title: 'The shop', version: '1' }));

const figures: Figures = {
  ...{ requests: 100, authenticatedShare: 0.6, handledShare: 0.1, byStatus: { 200: 100 } },
  ...{ fiveHundreds: 0, undocumented: 0, documentedStatuses: 2, unseen: [] },
};
const told = (more: Partial<Figures>, complaints: string[] = [], ailments: string[] = []) =>
  shortcomings({ figures: { ...figures, ...more }, complaints, ailments });

test('nothing is wrong with just enough of everything', () => {
  assert.deepEqual(told({}), []);
  assert.match(summary(figures, 7, 1).join('\n'), /100 requests of seed 7.*2 of 2 documented/s);
});

test('each promise that is not kept is told', () => {
  assert.match(told({ authenticatedShare: 0.599 })[0] ?? '', /only 59.9 % were authenticated/);
  assert.match(told({ handledShare: 0.09 })[0] ?? '', /only 9.0 % reached a handler/);
  assert.match(told({ fiveHundreds: 1 })[0] ?? '', /1 answers were 5xx/);
  assert.deepEqual(told({ unseen: ['orders.place 409'] }), ['never seen: orders.place 409']);
  assert.deepEqual(told({ undocumented: 2 }, ['one']), ['one', 'and 1 more answers like these']);
  assert.deepEqual(told({}, [], ['/readyz is 503']), ['/readyz is 503']);
});

test('every documented answer below 500 but the limit of calls has a recipe', () => {
  for (const operation of surfaceOf(JSON.parse(document)).operations)
    for (const status of operation.answers.keys())
      if (status < 500 && status !== 429)
        assert.ok(recipesFor(operation, status).length > 0, `${operation.id} ${status}`);
});

test('a shop that says yes to everybody is found out, and what it never says is named', async (t) => {
  const server = createServer((request, response) => {
    const isDocument = request.url === '/openapi.json';
    response.setHeader('x-request-id', request.headers['x-request-id'] ?? 'none');
    response.setHeader('content-type', 'application/json');
    request.resume().on('end', () => response.end(isDocument ? document : '{}'));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  const on = await stage(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    8,
    chance(1),
  );
  t.after(() => on.close());
  const admin = { name: 'admin', authorization: 'Bearer x', isLive: true, isAdmin: true };
  const all = { admin, customer: admin, other: admin, blocked: admin, erased: admin };
  const next = wildRequests(on, { ...all, strangers: [NOBODY] });
  for (let count = 0; count < 300; count += 1) await on.ask(next());
  const found = on.coverage.figures();
  assert.equal(found.requests, 300);
  assert.ok(found.undocumented > 200, `${found.undocumented}`);
  assert.ok(found.unseen.includes('orders.place 409') === false, 'it is not documented');
  assert.ok(found.unseen.includes('orders.place 202'));
  assert.ok(found.unseen.includes('catalog.update 412'));
  assert.match(on.coverage.complaints.join('\n'), /off its schema/);
});

test('the same seed asks the same', () => {
  const drawn = (seed: number) => {
    const by = chance(seed);
    return [by.below(1_000), by.letters(8), by.pick([1, 2, 3]), by.weighted([{ weight: 1 }])];
  };
  assert.deepEqual(drawn(5), drawn(5));
  assert.notDeepEqual(drawn(5), drawn(6));
});
