// Does a call mean the same in process and on every wire?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeDial, nodeRuntime, serveHttp } from '../runtime/node/index.ts';
import { servicePrincipal } from '../security/index.ts';
import {
  failures,
  type OpenTransport,
  testPassports,
  transportConformance,
} from '../testing/index.ts';
import {
  CALL_BYTES_MAX,
  type Call,
  callDoor,
  httpDoor,
  httpTransport,
  inProcess,
  LINK_PROTOCOL,
  linkDoor,
  linkTransport,
} from './index.ts';

const runtime = nodeRuntime();

const direct: OpenTransport = async (services) => {
  const { transport, register } = inProcess(runtime);
  for (const [name, callee] of Object.entries(services)) register(name, callee);
  return { transport, close: async () => {} };
};

const http: OpenTransport = async (services) => {
  const { passports, control } = testPassports(runtime);
  const callees = new Map(Object.entries(services));
  const door = callDoor({ runtime, control, callee: (name) => callees.get(name) });
  const handle = httpDoor(door);
  const limits = { bodyBytesMax: CALL_BYTES_MAX };
  const server = await serveHttp({ handle, onBodyTooLarge: handle, port: 0, limits });
  const close = () => server.close(0);
  return { transport: httpTransport({ runtime, url: server.url, passports }), close, kill: close };
};

const link: OpenTransport = async (services) => {
  const { passports, control } = testPassports(runtime);
  const callees = new Map(Object.entries(services));
  const door = callDoor({ runtime, control, callee: (name) => callees.get(name) });
  const links = linkDoor(runtime, door);
  const upgrades = { [LINK_PROTOCOL]: links.accept };
  const server = await serveHttp({ handle: httpDoor(door), port: 0, upgrades });
  const { url } = server;
  const otherwise = async () => assert.fail('the other side speaks links');
  const { transport, close } = linkTransport({
    ...{ runtime, url, passports, dial: nodeDial, otherwise },
  });
  const kill = async () => {
    links.close();
    await server.close(0);
  };
  return {
    ...{ transport, kill },
    async close() {
      close();
      await kill();
    },
  };
};

for (const { name, run } of transportConformance('in process', direct, { isWire: false }))
  test(name, run);
const onWire = { isWire: true, inputBytesMax: CALL_BYTES_MAX };
for (const { name, run } of transportConformance('http', http, onWire)) test(name, run);
for (const { name, run } of transportConformance('link', link, onWire)) test(name, run);

/** The same way with one thing wrong on it. */
const spoiled =
  (spoil: (call: Call) => Call): OpenTransport =>
  async (services) => {
    const opened = await direct(services);
    return { ...opened, transport: (call) => opened.transport(spoil(call)) };
  };

const PLANTED: Readonly<Record<string, OpenTransport>> = {
  'a lost idempotency key': spoiled(({ headers: { idempotencyKey: _, ...headers }, ...call }) => ({
    ...call,
    headers,
  })),
  'a deadline that grows on the way': spoiled((call) => ({
    ...call,
    headers: { ...call.headers, deadlineMs: call.headers.deadlineMs * 2 },
  })),
  'a caller who is somebody else': spoiled((call) => ({
    ...call,
    principal: servicePrincipal('edge'),
  })),
  'a caller who cannot give up': spoiled(({ signal: _, ...call }) => ({
    ...call,
    headers: { ...call.headers, deadlineMs: Math.min(call.headers.deadlineMs, 50) },
  })),
};

for (const [defect, open] of Object.entries(PLANTED))
  test(`the suite finds ${defect}`, async () => {
    const broken = await failures(transportConformance('planted', open, { isWire: false }));
    assert.notDeepEqual(broken, []);
  });
