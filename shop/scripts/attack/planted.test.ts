// Does the kit find a gateway that repairs, lets an identity through, falls over, or believes anybody?
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, test } from 'node:test';
import type { RunningProxy } from 'offshoot/proxy';
import type { UpstreamClient } from 'offshoot/runtime';
import { openFront, undiciUpstream } from 'offshoot/runtime/node';
import { attacker } from './attempt.ts';
import { type Attack, corpus } from './corpus.ts';
import type { Kind } from './judge.ts';
import type { Target } from './lane.ts';
import { type ProxyTargetOptions, proxyTarget } from './proxy-target.ts';
import { tryTokens } from './tokens.ts';

const ends: (() => Promise<void>)[] = [];
after(async () => {
  for (const end of ends) await end();
});

const planted = async (options: Partial<ProxyTargetOptions> = {}): Promise<Target> => {
  const target = await proxyTarget({ name: 'planted', client: undiciUpstream, ...options });
  ends.push(target.close);
  return target;
};

/** How many attacks of these classes were complained of, by kind. */
async function found(target: Target, classes: readonly string[]) {
  const counts: Record<Kind, number> = { desync: 0, spoofed: 0, crashed: 0, unmet: 0 };
  const { attempt } = attacker(target.lanes[0]!);
  const all: Attack[] = corpus().filter((one) => classes.includes(one.class));
  assert.ok(all.length > 0);
  for (const [number, attack] of all.entries()) {
    const { complaints } = await attempt(attack, number);
    for (const kind of new Set(complaints.map((one) => one.kind))) counts[kind] += 1;
  }
  return counts;
}

const NOTHING = { desync: 0, spoofed: 0, crashed: 0, unmet: 0 };
const LENIENT = ['Space before the colon', 'Bare CR and LF', 'Folded lines', 'CL.TE'];

async function closing(server: ReturnType<typeof createServer>) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

test('of the gateway as it is there is nothing to complain of', async () => {
  assert.deepEqual(await found(await planted(), [...LENIENT, 'Spoofed identity']), NOTHING);
});

test('a parser that repairs is found: what it took for requests nobody sent', async () => {
  const open = (inner: RunningProxy) =>
    closing(createServer({ insecureHTTPParser: true }, inner.onRequest));
  const { desync } = await found(await planted({ open }), LENIENT);
  assert.ok(desync >= 10, `${desync} desync`);
});

/** Writes what it is given, and one length more. */
const bothLengths: UpstreamClient = ({ origin }) => {
  const open = new Set<Socket>();
  return {
    send({ method, path, body }, listener) {
      const bytes = body instanceof Uint8Array ? Buffer.from(body).toString('latin1') : '';
      const socket = connect(Number(new URL(origin).port), '127.0.0.1');
      open.add(socket);
      const framing = `Content-Length: ${bytes.length}\r\nTransfer_Encoding: chunked\r\n`;
      socket.write(`${method} ${path} HTTP/1.1\r\nHost: a\r\n${framing}\r\n${bytes}`, 'latin1');
      socket.once('data', (data) => {
        const [, text = ''] = data.toString('latin1').split('\r\n\r\n');
        listener.onHead(200, ['content-length', String(text.length)]);
        listener.onData(Buffer.from(text));
        listener.onEnd();
      });
      socket.on('error', () => {});
      return { pause: () => {}, resume: () => {}, abort: () => socket.destroy() };
    },
    close() {
      for (const socket of open) socket.destroy();
    },
  };
};

test('a client that sends what others read in another way is found', async () => {
  const { desync } = await found(await planted({ client: bothLengths }), ['Hop-by-hop headers']);
  assert.ok(desync >= 10, `${desync} desync`);
});

test('an identity that is let through is found', async () => {
  const target = await planted({ headers: ['x-user-id', 'x-forwarded-for', 'forwarded'] });
  const { spoofed } = await found(target, ['Spoofed identity']);
  assert.ok(spoofed >= 3, `${spoofed} spoofed`);
});

test('a gateway that fails, or hangs up for good, is found', async () => {
  const open = (inner: RunningProxy) =>
    openFront({
      ...inner,
      port: 0,
      onRequest(request, response) {
        if (request.headers.upgrade === undefined) return inner.onRequest(request, response);
        response.writeHead(500).end();
      },
    });
  const { crashed } = await found(await planted({ open }), ['Expect', 'Upgrade and h2c']);
  assert.ok(crashed >= 1, `${crashed} crashed`);
  const target = await planted();
  await target.close();
  ends.pop();
  assert.ok((await found(target, ['CL.CL'])).crashed >= 10);
});

test('a gateway that asks for no token is found to believe false ones', async () => {
  const { tried, wronglyAccepted } = await tryTokens(await planted({ guards: false }));
  assert.ok(tried > 900, String(tried));
  // Not all: some are too long for any header.
  assert.ok(wronglyAccepted.length > tried * 0.9, `${wronglyAccepted.length} of ${tried}`);
});
