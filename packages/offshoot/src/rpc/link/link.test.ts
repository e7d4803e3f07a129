// Is a link opened when it can be, given up when it must be, and never missed?
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { nodeDial, nodeRuntime, serveHttp } from '../../runtime/node/index.ts';
import { Principal, servicePrincipal } from '../../security/index.ts';
import { testPassports } from '../../testing/index.ts';
import type { Call, Reply } from '../call.ts';
import { callDoor, httpDoor } from '../call-door.ts';
import type { Callee } from '../in-process.ts';
import { linkDoor } from './link-door.ts';
import { linkTransport } from './link-transport.ts';
import { LINK_PROTOCOL } from './messages.ts';

const runtime = nodeRuntime();
const HTTP: Reply = { kind: 'output', value: 'by http', after: '' };
const headers = { deadlineMs: 60_000, correlationId: 'c', causationId: 'c', traceparent: '' };

async function hosting(callee: Callee, speaksLinks = true, port = 0) {
  const { control } = testPassports(runtime);
  const door = callDoor({ runtime, control, callee: () => callee });
  const links = linkDoor(runtime, door);
  let opened = 0;
  const accept: typeof links.accept = (stream) => {
    opened += 1;
    links.accept(stream);
  };
  const upgrades = speaksLinks ? { [LINK_PROTOCOL]: accept } : {};
  const server = await serveHttp({ handle: httpDoor(door), port, upgrades });
  return { server, links, opened: () => opened };
}

function calling(t: TestContext, url: string) {
  const { passports } = testPassports(runtime);
  let declined = 0;
  const { transport, close } = linkTransport({
    ...{ runtime, url, passports, dial: nodeDial },
    async otherwise() {
      declined += 1;
      return HTTP;
    },
  });
  t.after(close);
  const ask = (call: Partial<Call> = {}) =>
    transport({
      ...{ service: 's', operation: 'o', input: 1, principal: servicePrincipal('x'), headers },
      ...call,
    });
  return { ask, declined: () => declined };
}

const outputOf = (reply: Reply) => (reply.kind === 'output' ? reply.value : JSON.stringify(reply));
const codeOf = (reply: Reply) => (reply.kind === 'error' ? reply.error.code : reply.kind);
const echo: Callee = async ({ input }) => ({ kind: 'output', value: input, after: '' });

test('a hundred calls that begin at once open one link', async (t) => {
  const { server, opened } = await hosting(echo);
  t.after(() => server.close(0));
  const { ask, declined } = calling(t, server.url);
  const replies = await Promise.all(Array.from({ length: 100 }, (_, n) => ask({ input: n })));
  assert.deepEqual(replies.map(outputOf), [...replies.keys()]);
  assert.deepEqual([opened(), declined()], [1, 0]);
});

test('with a host that speaks no links calls go otherwise', async (t) => {
  const { server } = await hosting(echo, false);
  t.after(() => server.close(0));
  const { ask, declined } = calling(t, server.url);
  for (let n = 0; n < 3; n += 1) assert.equal(outputOf(await ask()), 'by http');
  assert.equal(declined(), 3);
});

test('a link that broke is opened again by the next call', async (t) => {
  const first = await hosting(echo);
  const { port, url } = first.server;
  const { ask } = calling(t, url);
  assert.equal(outputOf(await ask()), 1);
  first.links.close();
  await first.server.close(0);
  const second = await hosting(echo, true, port);
  t.after(() => second.server.close(0));
  const again = await ask();
  assert.ok(outputOf(again) === 1 || codeOf(again) === 'UNAVAILABLE');
  assert.equal(outputOf(await ask()), 1);
});

test('a host that goes away answers what is open, and takes nothing new on that link', async (t) => {
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const { server, links, opened } = await hosting(async ({ input }) => {
    begun.resolve();
    await go.promise;
    return { kind: 'output', value: input, after: '' };
  });
  t.after(() => server.close(0));
  const { ask } = calling(t, server.url);
  const open = ask({ input: 'open' });
  await begun.promise;
  links.goAway();
  for (let reply = await ask(); codeOf(reply) !== 'DRAINING'; ) reply = await ask();
  go.resolve();
  assert.equal(outputOf(await open), 'open');
  assert.ok(opened() >= 1);
});

test('calls that find a host going away are told so, and were not sent', async (t) => {
  const { server, links } = await hosting(echo);
  t.after(() => server.close(0));
  links.goAway();
  const { ask } = calling(t, server.url);
  for (let round = 0; round < 20; round += 1) {
    const replies = await Promise.all(Array.from({ length: 5 }, () => ask()));
    assert.deepEqual(new Set(replies.map(codeOf)), new Set(['DRAINING']));
  }
});

test('each of many people is who they are, also when passports give way', async (t) => {
  const { server } = await hosting(async ({ principal, input }) => ({
    ...{ kind: 'output', after: '' },
    value: `${principal.name} ${String(input).length}`,
  }));
  t.after(() => server.close(0));
  const { ask } = calling(t, server.url);
  const people = Array.from(
    { length: 1_100 },
    (_, n) => new Principal({ kind: 'user', id: `${n}` }),
  );
  const large = 'x'.repeat(100_000);
  const [early] = people;
  const slow = ask({ principal: early!, input: large });
  const replies = await Promise.all(people.map((principal) => ask({ principal, input: '' })));
  assert.deepEqual(
    replies.map(outputOf),
    people.map(({ name }) => `${name} 0`),
  );
  assert.equal(outputOf(await slow), 'user:0 100000');
});
