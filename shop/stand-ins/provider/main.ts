// How is the provider run? `node main.ts --port 0 --data provider.db`, as a process of its own.
import { parseArgs } from 'node:util';
import { providerServer } from './server.ts';

const USAGE = `usage: node main.ts --data FILE.db [--port N]
  --data  the ledger's file         (or OFFSHOOT_PROVIDER_DATA)
  --port  0, the default: any free  (or OFFSHOOT_PROVIDER_PORT)`;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const PORT_MAX = 65_535;

// The parent may be gone while its stand-in lives on: a line nobody reads is no failure.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const { data, port } = settings();
const server = await providerServer({ data, port }).catch((error: Error & { code?: string }) => {
  const code = error.code === 'EADDRINUSE' ? 'PORT_IN_USE' : 'PROVIDER_FAILED';
  console.error(JSON.stringify({ level: 'error', code, message: error.message }));
  process.exit(EXIT_FAILED);
});

let isClosing = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (isClosing) return;
    isClosing = true;
    void server.close().then(() => process.exit(0));
  });
}
process.stdout.write(`${JSON.stringify({ ready: true, url: server.url })}\n`);

function settings(): { data: string; port: number } {
  try {
    const { values } = parseArgs({
      options: { data: { type: 'string' }, port: { type: 'string' } },
    });
    const data = values.data ?? process.env.OFFSHOOT_PROVIDER_DATA;
    const port = Number(values.port ?? process.env.OFFSHOOT_PROVIDER_PORT ?? 0);
    if (!data) throw new Error('--data is missing');
    if (!Number.isInteger(port) || port < 0 || port > PORT_MAX) throw new Error('bad --port');
    return { data, port };
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    process.exit(EXIT_USAGE);
  }
}
