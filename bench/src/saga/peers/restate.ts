// The same three steps as a Restate handler: a single node, called through its HTTP ingress.
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import * as restate from '@restatedev/restate-sdk';
import type { Contender } from '../../contender.ts';
import { freePort, privateFolder, startServer } from '../../servers/private-server.ts';

const SOCKETS_MAX = 256;
const nothing = async () => ({ done: true });

const trips = restate.service({
  name: 'trips',
  handlers: {
    journey: async (context: restate.Context, trip: string) => {
      await context.run('plan', nothing);
      await context.run('book', nothing);
      await context.run('confirm', nothing);
      return trip;
    },
  },
});

interface Places {
  readonly ingress: number;
}

let started: Promise<Places> | undefined;

async function start(): Promise<Places> {
  const [ingress, admin, node, service] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const at = (port: number) => `127.0.0.1:${port}`;
  const quiet = () => {}; // a line an invocation would be part of what is measured
  await restate.endpoint().setLogger(quiet).bind(trips).listen(service);
  const folder = privateFolder('restate');
  const binary = createRequire(import.meta.url).resolve(
    `@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`,
  );
  await startServer({
    command: binary,
    args: ['--base-dir', folder, '--no-logo'],
    port: admin,
    environment: {
      RESTATE_INGRESS__BIND_ADDRESS: at(ingress),
      RESTATE_ADMIN__BIND_ADDRESS: at(admin),
      RESTATE_BIND_ADDRESS: at(node),
      RESTATE_ADVERTISED_ADDRESS: `http://${at(node)}`,
      RESTATE_LOG_FILTER: 'error',
    },
  });
  await registered(admin, service);
  return { ingress };
}

async function registered(admin: number, service: number): Promise<void> {
  const body = JSON.stringify({ uri: `http://127.0.0.1:${service}` });
  for (let tries = 0; ; tries += 1) {
    const reply = await fetch(`http://127.0.0.1:${admin}/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    }).catch((error: unknown) => String(error));
    if (typeof reply !== 'string' && reply.ok) return;
    if (tries === 100)
      throw new Error(`restate: ${typeof reply === 'string' ? reply : await reply.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export const restateSaga: Contender = {
  name: 'Restate, single node',
  async open() {
    started ??= start();
    const { ingress } = await started;
    const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });
    const where = {
      host: '127.0.0.1',
      port: ingress,
      path: '/trips/journey',
      method: 'POST',
      agent,
    };
    const run = (index: number) =>
      new Promise<void>((resolve, reject) => {
        const headers = { 'content-type': 'application/json' };
        const call = request({ ...where, headers }, (reply) => {
          reply.resume().once('end', () => {
            if (reply.statusCode === 200) resolve();
            else reject(new Error(`restate answered ${reply.statusCode}`));
          });
        });
        call.once('error', reject).end(JSON.stringify(`trip-${index}`));
      });
    return { run, close: async () => agent.destroy() };
  },
};
