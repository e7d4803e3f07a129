// Does a request fail while three instances are restarted one after the other? npm run rolling
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { directory, embeddedRegistry, registryPages } from 'offshoot/discovery';
import { balancedTransport, linkTransport } from 'offshoot/rpc';
import { nodeDial, serveHttp } from 'offshoot/runtime/node';
import { servicePrincipal } from 'offshoot/security';
import { orders, registryAt, runtime, tickets } from './orders.ts';

const USAGE = `usage: npm run rolling -- [options]
  --requests N     POSTs, each made once and never again (default: 100000)
  --in-flight N    at once (default: 32)
  --restarts N     at least so many (default: 12)
  --without-drain  instances end at once when they are told to: what the drain is for
  --json           the outcome as one line on stdout
  Half of the requests go from the caller to an instance, over links, by the embedded registry; the
  other half as plain HTTP to a gateway that does the same over HTTP. Exit 1 when one failed, or
  was done twice.`;

const INSTANCES = ['a', 'b', 'c'];
const DEADLINE_MS = 10_000;
const KNOWN_MS = 10_000;
const FAILURES_SHOWN = 5;

type Post = (n: number) => Promise<string | undefined>;

interface Settings {
  readonly requests: number;
  readonly inFlight: number;
  readonly restarts: number;
  readonly drains: boolean;
  readonly json: boolean;
}

function settings(): Settings {
  try {
    const { values } = parseArgs({
      options: {
        requests: { type: 'string', default: '100000' },
        'in-flight': { type: 'string', default: '32' },
        restarts: { type: 'string', default: '12' },
        'without-drain': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const [requests, inFlight, restarts] = [
      ...[Number(values.requests), Number(values['in-flight']), Number(values.restarts)],
    ] as [number, number, number];
    const drains = !values['without-drain'];
    if (requests >= 2 && inFlight >= 1 && restarts >= 2)
      return { requests, inFlight, restarts, drains, json: values.json };
  } catch {}
  console.error(USAGE);
  process.exit(2);
}

const started = (file: string, ...args: string[]): ChildProcess =>
  fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });

async function heard(child: ChildProcess): Promise<any> {
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`a process ended with ${code}`);
  });
  const [message] = await Promise.race([once(child, 'message'), gone]);
  return message;
}

/** Three that are there; `next` ends one and starts it again. `begun` counts what all of them did. */
async function fleet(registryUrl: string, drains: boolean) {
  const ending = drains ? 'drain' : 'exit';
  const start = async (id: string): Promise<ChildProcess> => {
    const child = started('./instance.ts', registryUrl, id, ending);
    await heard(child);
    return child;
  };
  const stop = async (child: ChildProcess): Promise<number> => {
    const over = once(child, 'exit');
    const [{ begun }] = await Promise.all([heard(child), child.kill('SIGTERM')]);
    await over;
    return begun;
  };
  const running = new Map<string, ChildProcess>();
  for (const id of INSTANCES) running.set(id, await start(id));
  let begun = 0;
  let restarts = 0;
  return {
    async next(): Promise<void> {
      const id = INSTANCES[restarts % INSTANCES.length]!;
      begun += await stop(running.get(id)!);
      running.set(id, await start(id));
      restarts += 1;
    },
    async end() {
      for (const child of running.values()) begun += await stop(child);
      return { begun, restarts };
    },
    cutOff() {
      for (const child of running.values()) child.kill('SIGKILL');
    },
  };
}

/** From the caller to an instance, over a link. Why it failed, or nothing. */
function direct(registryUrl: string): { post: Post; close(): void } {
  const registry = registryAt(registryUrl);
  const known = directory({ registry, runtime });
  const links: { close(): void }[] = [];
  const to = (url: string) => {
    const otherwise = () => Promise.reject(new Error('an instance that speaks no links'));
    const link = linkTransport({ runtime, url, passports: tickets, dial: nodeDial, otherwise });
    links.push(link);
    return link.transport;
  };
  const balanced = balancedTransport({ runtime, directory: known, to, knownMs: KNOWN_MS });
  const principal = servicePrincipal('caller');
  const ids = { correlationId: 'rolling', causationId: 'rolling', traceparent: '' };
  const headers = { deadlineMs: DEADLINE_MS, ...ids };
  return {
    async post(n) {
      const call = { service: orders.name, operation: 'place', input: { n }, principal, headers };
      const reply = await balanced.transport(call);
      if (reply.kind === 'output') return undefined;
      return JSON.stringify(reply);
    },
    close() {
      balanced.close();
      known.close();
      for (const link of links) link.close();
      registry.close();
    },
  };
}

/** As plain HTTP, to what stands in front. */
const overHttp =
  (url: string): Post =>
  async (n) => {
    try {
      const { status, body } = await runtime.request({
        ...{ method: 'POST', url: `${url}/api/v1/orders`, body: JSON.stringify({ n }) },
        headers: { 'content-type': 'application/json' },
        timeoutMs: DEADLINE_MS,
      });
      return status === 200 ? undefined : `${status} ${body}`;
    } catch (error) {
      return String(error);
    }
  };

/** So many posts, and restarts for as long as there are posts and until there were enough. */
async function under(
  name: string,
  post: Post,
  all: Awaited<ReturnType<typeof fleet>>,
  { requests, inFlight, restarts }: Settings,
) {
  let sent = 0;
  let failed = 0;
  let restarted = 0;
  let isOver = false;
  const worker = async (): Promise<void> => {
    while (sent < requests || restarted < restarts) {
      sent += 1;
      const why = await post(sent);
      if (why === undefined) continue;
      failed += 1;
      if (failed <= FAILURES_SHOWN) console.error(`${name}: request ${sent} failed: ${why}`);
    }
  };
  const rolling = async (): Promise<void> => {
    while (!isOver) {
      await all.next();
      restarted += 1;
    }
  };
  const restarting = rolling();
  await Promise.all(Array.from({ length: inFlight }, worker));
  isOver = true;
  await restarting;
  console.error(`${name}: ${sent} requests, ${failed} failed, ${restarted} restarts`);
  return { requests: sent, failed };
}

async function main(): Promise<number> {
  const asked = settings();
  const registry = embeddedRegistry({ runtime });
  const served = await serveHttp({ handle: registryPages({ registry, runtime }), port: 0 });
  const all = await fleet(served.url, asked.drains);
  const front = started('./front.ts', served.url);
  const caller = direct(served.url);
  try {
    const { url } = await heard(front);
    const half = { ...asked, requests: asked.requests / 2, restarts: asked.restarts / 2 };
    const links = await under('links', caller.post, all, half);
    const http = await under('plain HTTP', overHttp(url), all, half);
    const { begun, restarts } = await all.end();
    const requests = links.requests + http.requests;
    const failed = links.failed + http.failed;
    const outcome = { requests, failed, restarts, doneTwice: Math.max(0, begun - requests) };
    if (asked.json) console.log(JSON.stringify(outcome));
    else console.log(outcome);
    return failed === 0 && outcome.doneTwice === 0 ? 0 : 1;
  } finally {
    caller.close();
    if (front.connected) front.disconnect();
    all.cutOff();
    registry.close();
    await served.close(0);
  }
}

process.exitCode = await main();
