// How does a person run a registry, and see who is in one?
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance, Listing } from 'offshoot/discovery';
import { OffshootError } from 'offshoot/error';
import { DATA_DEFAULT, type Environment, serveRegistry, settings } from 'offshoot/host';
import { nodeRuntime } from 'offshoot/runtime/node';
import { EXIT } from './exit-code.ts';
import { onInterrupt } from './interrupts.ts';
import { table } from './table.ts';
import { verb } from './verb.ts';

const PORT_DEFAULT = 4100;
const PORT_MAX = 65_535;
const ASK_MS_MAX = 5_000;
const FILE = 'registry.db';

const USAGE = `usage: offshoot registry serve | ls [SERVICE] [options]
  examples: offshoot registry serve --port ${PORT_DEFAULT}
            offshoot registry ls orders
  serve           keeps the list of instances, until it is told to end
                  --port N      where it listens (default: ${PORT_DEFAULT}; 0 = any)
                  --address A   on which address (default: 127.0.0.1)
                  --data DIR    where it remembers them (default: OFFSHOOT_DATA, or .offshoot)
  ls              who is registered
                  --url URL     whom to ask (default: OFFSHOOT_REGISTRY, or
                                http://127.0.0.1:${PORT_DEFAULT})
                  --json        one line of JSON
  With OFFSHOOT_REGISTRY_TOKEN set, only those who send it are answered.`;

const OPTIONS = {
  port: { type: 'string' },
  address: { type: 'string' },
  data: { type: 'string' },
  url: { type: 'string' },
  json: { type: 'boolean' },
} as const;

interface Values {
  readonly json?: boolean | undefined;
  readonly [option: string]: string | boolean | undefined;
}

/** Options go before the environment. */
const configured = (values: Values) => {
  const given: Environment = {
    PORT: values.port as string | undefined,
    OFFSHOOT_DATA: (values.data as string | undefined) ?? process.env.OFFSHOOT_DATA,
    OFFSHOOT_REGISTRY: (values.url as string | undefined) ?? process.env.OFFSHOOT_REGISTRY,
    OFFSHOOT_REGISTRY_TOKEN: process.env.OFFSHOOT_REGISTRY_TOKEN,
  };
  return settings(given);
};

export default verb({
  usage: USAGE,
  options: OPTIONS,
  words: { min: 1, max: 2 },
  async run({ values, words: [action, service] }) {
    if (action === 'serve' && service === undefined) return serve(values);
    if (action === 'ls') return list(values, service);
    console.error(`offshoot: 'registry ${action}' makes no sense here\n${USAGE}`);
    return EXIT.usage;
  },
});

async function serve(values: Values): Promise<number> {
  const config = configured(values);
  const ending = new Promise<void>((resolve) =>
    onInterrupt({ first: resolve, second: () => process.exit(EXIT.killed) }),
  );
  const data = config.text('OFFSHOOT_DATA', DATA_DEFAULT);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const served = await serveRegistry({
    runtime: nodeRuntime(),
    port: config.integer('PORT', { min: 0, max: PORT_MAX }, PORT_DEFAULT),
    path: join(data, FILE),
    bearer: config.find('OFFSHOOT_REGISTRY_TOKEN'),
    ...(typeof values.address === 'string' ? { address: values.address } : {}),
  });
  const known = served.registry.size;
  console.log(`registry ${served.url}${known > 0 ? `, ${known} instances from before` : ''}`);
  await ending;
  await served.close();
  return EXIT.ok;
}

type Lists = readonly ({ readonly service: string } & Listing)[];

async function list(values: Values, service: string | undefined): Promise<number> {
  const services = (await lists(values)).filter(
    (one) => service === undefined || one.service === service,
  );
  if (values.json) console.log(JSON.stringify({ version: 1, services }));
  else if (services.length > 0)
    console.log(table(services.flatMap(({ instances }) => instances.map(row))));
  else console.error(`no instance of ${service ?? 'any service'} is registered`);
  return EXIT.ok;
}

const row = ({ service, id, url, version, zone, weight, tags, health }: Instance) => ({
  ...{ service, id, url, health, version, zone, weight, tags: tags.join(',') },
});

async function lists(values: Values): Promise<Lists> {
  const config = configured(values);
  const url = config.url('OFFSHOOT_REGISTRY', `http://127.0.0.1:${PORT_DEFAULT}`);
  const bearer = config.find('OFFSHOOT_REGISTRY_TOKEN');
  const { status, body } = await nodeRuntime().request({
    ...{ method: 'GET', url: `${url}/v1/services`, timeoutMs: ASK_MS_MAX },
    headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
  });
  if (status === 401)
    throw new OffshootError('UNAUTHENTICATED', `set OFFSHOOT_REGISTRY_TOKEN to what ${url} wants`);
  if (status !== 200)
    throw new OffshootError('BAD_UPSTREAM', `what answers at ${url} is no registry (${status})`);
  return (JSON.parse(body) as { services: Lists }).services;
}
