// Does a contract stand in Express, Fastify and Hono, and an Express route become an operation?
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import {
  anyone,
  command,
  contract,
  jsonSchema,
  query,
  refusal,
  refuse,
} from '../contract/index.ts';
import { answering, client, existingRoutes, inProcess } from '../rpc/index.ts';
import { fetchHandler, nodeHandler, nodeRuntime } from '../runtime/node/index.ts';
import { servicePrincipal } from '../security/index.ts';
import { mount } from './index.ts';

const runtime = nodeRuntime();
const sku = jsonSchema<{ sku: string }>({
  ...{ type: 'object', required: ['sku'], properties: { sku: { type: 'string' } } },
});
const left = jsonSchema<{ left: number }>({ type: 'object', required: ['left'] });
const refusals = { UNKNOWN: refusal(404) };
const stock = contract('stock', {
  version: 1,
  operations: {
    look: query('GET /{sku}', { input: sku, output: left, access: anyone(), refusals }),
    take: command('POST /', { input: sku, output: left, access: anyone(), refusals }),
  },
  events: {},
});
const callee = answering(
  stock,
  {
    look: async ({ input }) => (input.sku === 'none' ? refuse('UNKNOWN') : { left: 3 }),
    take: async ({ input }) => ({ left: input.sku.length }),
  },
  { runtime },
);
const handler = mount(stock, callee, { runtime });

function listening(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  t.after(() => void server.close().closeAllConnections());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}

/** What plain fetch sees of the mounted contract. */
async function look(ask: (path: string, init?: RequestInit) => Promise<Response>): Promise<void> {
  const known = await ask('/api/v1/stock/KIT-1');
  assert.deepEqual([known.status, await known.json()], [200, { left: 3 }]);
  const none = await ask('/api/v1/stock/none');
  assert.deepEqual([none.status, ((await none.json()) as any).code], [404, 'UNKNOWN']);
  const headers = { 'content-type': 'application/json' };
  const post = (body: string) => ask('/api/v1/stock', { method: 'POST', headers, body });
  assert.deepEqual(await (await post('{"sku":"four"}')).json(), { left: 4 });
  const bad = await post('{"sku":7}');
  assert.deepEqual([bad.status, ((await bad.json()) as any).code], [422, 'VALIDATION_FAILED']);
}

test('in Express, also behind its body parser', async (t) => {
  for (const parsers of [[], [express.json()]]) {
    const app = express();
    for (const parser of parsers) app.use(parser);
    app.get('/theirs', (_, response) => void response.send('theirs'));
    app.use('/api', nodeHandler(handler));
    const url = await listening(t, app);
    await look((path, init) => fetch(url + path, init));
    assert.equal(await (await fetch(`${url}/theirs`)).text(), 'theirs');
  }
});

test('in Fastify', async (t) => {
  const app = fastify();
  t.after(() => app.close());
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  const mounted = nodeHandler(handler);
  app.all('/api/*', (request, reply) => {
    reply.hijack();
    return mounted(request.raw, reply.raw);
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  await look((path, init) => fetch(url + path, init));
});

test('in Hono', async () => {
  const app = new Hono();
  const mounted = fetchHandler(handler);
  app.all('/api/*', (context) => mounted(context.req.raw));
  await look(async (path, init) => app.request(path, init));
});

test('an Express route becomes an operation', async (t) => {
  const app = express().use(express.json());
  app.get('/old/:sku', (request, response) => {
    if (request.params.sku === 'none') response.status(404).end();
    else if (request.params.sku === 'a/b') response.json({ left: 5 });
    else response.status(500).send('<html>');
  });
  app.post('/old', (request, response) => void response.json({ left: request.body.sku.length }));
  const url = await listening(t, app);
  const old = contract('old', {
    version: 1,
    operations: {
      look: query('GET /old/{sku}', { input: sku, output: left, access: anyone(), refusals }),
      take: command('POST /old', { input: sku, output: left, access: anyone() }),
    },
    events: {},
  });
  const { transport, register } = inProcess(runtime);
  register('old', existingRoutes(old, { runtime, url }));
  const asked = client(old, { runtime, transport, principal: servicePrincipal('shop') });
  assert.deepEqual(await asked.look({ sku: 'a/b' }), { left: 5 });
  assert.deepEqual(await asked.look({ sku: 'none' }), { refusal: 'UNKNOWN', data: undefined });
  assert.deepEqual(await asked.take({ sku: 'four' }), { left: 4 });
  await assert.rejects(asked.look({ sku: 'x' }), { code: 'UNAVAILABLE' });
});
