// How does a person put a gateway in front of services that are not ours?
import { type FSWatcher, watch } from 'node:fs';
import { createServer } from 'node:http';
import { basename, dirname, resolve } from 'node:path';
import { asOffshootError } from 'offshoot/error';
import { pinoLogger, prometheusMetrics } from 'offshoot/host';
import { proxy, type RunningProxy } from 'offshoot/proxy';
import {
  type Front,
  nodeRuntime,
  nodeWebSocket,
  openFront,
  strictUpstream,
  undiciUpstream,
} from 'offshoot/runtime/node';
import { type Logger, SILENT } from 'offshoot/telemetry';
import { EXIT } from './exit-code.ts';
import { fileSchema, type GatewayFile, readGatewayFile, secretOf, tlsOf } from './gateway-file.ts';
import { interrupts } from './interrupts.ts';
import { verb } from './verb.ts';
import { VERSION } from './version.ts';

const FILE = 'gateway.yaml';
const PORT_DEFAULT = 8080;
/** A file is written in several steps: it is read when they are over. */
const SETTLE_MS = 100;
const DRAIN_MS = 1_500;
const GRACE_MS = 10_000;

const USAGE = `usage: offshoot gateway [--config FILE] [options]
  examples: offshoot gateway --config gateway.yaml
            offshoot gateway --check
  Forwards requests to the services of the file. A change of the file, or SIGHUP, is taken over
  without dropping a request; a file with mistakes is told of and changes nothing.
  --config FILE  (default: ${FILE})
  --port N       where it listens (default: the file's, or ${PORT_DEFAULT}; 0 = any)
  --check        says what is wrong with the file, and serves nothing
  --schema       prints the JSON Schema of the file
  --no-watch     takes a change over on SIGHUP only
  Log lines go to stderr, or to the file that OFFSHOOT_LOG names.`;

const OPTIONS = {
  config: { type: 'string' },
  port: { type: 'string' },
  check: { type: 'boolean' },
  schema: { type: 'boolean' },
  'no-watch': { type: 'boolean' },
} as const;

export default verb({
  usage: USAGE,
  options: OPTIONS,
  words: { min: 0, max: 0 },
  async run({ values }) {
    const name = values.config ?? FILE;
    if (values.schema) {
      console.log(JSON.stringify(fileSchema(), null, 2));
      return EXIT.ok;
    }
    const file = readGatewayFile(name);
    if (values.check) {
      serving(file).close();
      console.log(`${name}: ${file.routes.length} routes, no mistakes`);
      return EXIT.ok;
    }
    const port = values.port === undefined ? file.listen?.port : Number(values.port);
    const listen = { ...file.listen, port: port ?? PORT_DEFAULT };
    return serve(name, { ...file, listen }, !values['no-watch']);
  },
});

const LOG_DEFAULT = '/dev/stderr';
const metrics = prometheusMetrics();

const serving = (file: GatewayFile, logger: Logger = SILENT): RunningProxy =>
  proxy({
    ...{ config: requestsOf(file), runtime: nodeRuntime(), logger, metrics, secret: secretOf },
    webSocket: nodeWebSocket,
    client: file.client === 'undici' ? undiciUpstream : strictUpstream,
    scheme: file.listen?.tls ? 'https' : 'http',
    ...(file.limits?.headersMax === undefined ? {} : { headersMax: file.limits.headersMax }),
  });

const requestsOf = ({ services, policies, routes }: GatewayFile) => ({
  ...(services ? { services } : {}),
  ...(policies ? { policies } : {}),
  routes,
});

async function serve(name: string, file: GatewayFile, isWatched: boolean): Promise<number> {
  const logger = await pinoLogger({
    ...{ file: process.env.OFFSHOOT_LOG ?? LOG_DEFAULT, level: 'info' },
    ...{ service: 'gateway', version: VERSION },
  });
  const served = serving(file, logger);
  const tls = tlsOf(file);
  const front = await openFront({
    onRequest: served.onRequest,
    onUpgrade: served.onUpgrade,
    port: file.listen?.port ?? PORT_DEFAULT,
    ...(file.listen?.host === undefined ? {} : { host: file.listen.host }),
    ...(file.limits ? { limits: file.limits } : {}),
    ...(tls ? { tls } : {}),
  });
  const closeAdmin = file.admin ? await admin(file.admin) : () => {};
  const reload = (): void => {
    try {
      const fresh = readGatewayFile(name);
      served.reload(requestsOf(fresh));
      const renewed = tlsOf(fresh);
      if (tls && renewed) front.renew(renewed);
      logger.info('the configuration was taken over', { routes: fresh.routes.length });
    } catch (thrown) {
      logger.error('the configuration was not taken over; the one before stays', {
        reason: asOffshootError(thrown).message,
      });
    }
  };
  process.on('SIGHUP', reload);
  const watching = isWatched ? watched(name, reload) : undefined;
  const ending = new Promise<void>((done) => {
    const { arrived } = interrupts({ first: done, second: () => process.exit(EXIT.killed) });
    for (const signal of ['SIGINT', 'SIGTERM'])
      process.on(signal, () => arrived(performance.now()));
  });
  console.log(`gateway ${front.url}, ${file.routes.length} routes`);
  await ending;
  watching?.close();
  await drain(served, front);
  closeAdmin();
  await logger.flush();
  return EXIT.ok;
}

/** Editors replace a file rather than write into it: the folder is watched. */
function watched(name: string, reload: () => void): FSWatcher {
  const full = resolve(name);
  let timer: NodeJS.Timeout | undefined;
  return watch(dirname(full), (_, changed) => {
    if (changed !== basename(full)) return;
    clearTimeout(timer);
    timer = setTimeout(reload, SETTLE_MS);
  });
}

/** Clients are told to go, and have a moment to do so, before nothing is taken any more. */
async function drain(served: RunningProxy, front: Front): Promise<void> {
  served.drain();
  if (front.connections > 0) await new Promise((done) => setTimeout(done, DRAIN_MS));
  await front.close(GRACE_MS);
  served.close();
}

async function admin({ port, host = '127.0.0.1' }: NonNullable<GatewayFile['admin']>) {
  const server = createServer(async ({ url }, response) => {
    if (url === '/livez' || url === '/readyz') response.end('ok\n');
    else if (url === '/metrics') {
      response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
      response.end(await metrics.text());
    } else response.writeHead(404).end();
  });
  await new Promise<void>((done, failed) => server.once('error', failed).listen(port, host, done));
  return () => {
    server.closeAllConnections();
    server.close();
  };
}
