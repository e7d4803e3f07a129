// How is the gateway of contracts attacked? In this process, with every call it makes written down.
import { AsyncLocalStorage } from 'node:async_hooks';
import { anyone, command, contract, jsonSchema, query } from 'offshoot/contract';
import { gateway } from 'offshoot/gateway';
import type { Call, Transport } from 'offshoot/rpc';
import type { HttpHandler, Inbound } from 'offshoot/runtime';
import { nodeRuntime, serveHttp } from 'offshoot/runtime/node';
import { issueToken } from 'offshoot/security';
import { SILENT, UNMEASURED } from 'offshoot/telemetry';
import { CANARY, type Came, type Lane, type SeenRequest, type Target } from './lane.ts';

const anything = jsonSchema<any>({ type: 'object' });

const things = contract('things', {
  version: 1,
  operations: {
    list: query('GET /', { input: anything, output: anything, access: anyone() }),
    make: command('POST /', { input: anything, output: anything, access: anyone() }),
  },
  events: {},
});
const secrets = contract('secrets', {
  version: 1,
  operations: { list: query('GET /', { input: anything, output: anything }) },
  events: {},
});

const pass = { status: 'pass' } as const;
const health = { live: () => pass, started: () => pass, ready: async () => pass };

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const seenOf = ({ method, target, body }: Inbound): SeenRequest => ({
  ...{ method, target, body: latin1(body) },
});

/** What of a call only an attacker can have said. */
function spoofsIn({ principal, headers, service }: Call): string[] {
  const found: string[] = [];
  if (principal.kind !== 'anonymous' && service === 'things') found.push(`it is ${principal.name}`);
  if (JSON.stringify(headers).includes(CANARY))
    found.push(`call headers ${JSON.stringify(headers)}`);
  return found;
}

function slate() {
  let read: SeenRequest[] = [];
  let reached: SeenRequest[] = [];
  let spoofed: string[] = [];
  let crashes: string[] = [];
  return {
    read: (one: SeenRequest) => void read.push(one),
    reached: (one: SeenRequest) => void reached.push(one),
    spoofed: (all: readonly string[]) => void spoofed.push(...all),
    crashed: (what: string) => void crashes.push(what),
    take(): Came {
      const came: Came = { read, reached, faults: [], spoofed, crashes };
      [read, reached, spoofed, crashes] = [[], [], [], []];
      return came;
    },
  };
}

/** A gateway of contracts on a port of its own, with nothing behind it but an ear. */
export async function edgeTarget(count = 1): Promise<Target> {
  const runtime = nodeRuntime();
  const key = runtime.cryptography.signingKey(runtime.randomBytes(32));
  const servers: { close(graceMs: number): Promise<void> }[] = [];

  const lane = async (): Promise<Lane> => {
    const notes = slate();
    const asking = new AsyncLocalStorage<Inbound>();
    const transport: Transport = async (call) => {
      const request = asking.getStore();
      if (request) notes.reached(seenOf(request));
      notes.spoofed(spoofsIn(call));
      return { kind: 'output', value: { target: request?.target }, after: '' };
    };
    const edge = gateway({
      ...{ runtime, logger: SILENT, metrics: UNMEASURED, transport, health },
      contracts: [things, secrets],
      tokens: {
        ...{ issuer: 'kit', audience: 'api', type: 'at+jwt' },
        keys: async () => [{ kid: 'k1', x: key.x }],
      },
      limits: { factor: 1e9 },
      metricsText: async () => '',
    });
    const handle: HttpHandler = (request) => {
      notes.read(seenOf(request));
      return asking.run(request, () => edge(request));
    };
    const onCrash = (cause: unknown) => notes.crashed(`the handler crashed: ${cause}`);
    const server = await serveHttp({ handle, onBodyTooLarge: edge, onCrash, port: 0 });
    servers.push(server);
    return { port: server.port, readsContent: true, take: async () => notes.take() };
  };

  return {
    name: 'the gateway of contracts',
    lanes: await Promise.all(Array.from({ length: count }, lane)),
    tokens() {
      const now = Math.floor(runtime.now() / 1_000);
      const claims = { sub: 'u1', iss: 'kit', aud: 'api', iat: now, exp: now + 3_600 };
      return {
        good: issueToken(key, 'k1', 'at+jwt', claims),
        takesAudienceLists: false,
        material: { now, x: key.x, sign: key.sign },
      };
    },
    async close() {
      for (const server of servers) await server.close(0);
    },
  };
}
