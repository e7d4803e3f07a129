// How is the mailbox run? `node main.ts --data mailbox.db`, as a process of its own.
import { parseArgs } from 'node:util';
import { mailbox } from './server.ts';

const USAGE = `usage: node main.ts --data FILE.db [--port N] [--smtp-port N]
  --data       the file with the mail; its key lies beside it
  --port       where it is read, over HTTP    (0, the default: any free)
  --smtp-port  where mail is taken in         (0, the default: any free)`;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const PORT_MAX = 65_535;

// The parent may be gone while its stand-in lives on: a line nobody reads is no failure.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const server = await mailbox(settings()).catch((error: Error & { code?: string }) => {
  const code = error.code === 'EADDRINUSE' ? 'PORT_IN_USE' : 'MAILBOX_FAILED';
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
const { url, smtpUrl } = server;
process.stdout.write(`${JSON.stringify({ ready: true, url, smtpUrl })}\n`);

function settings(): { data: string; port: number; smtpPort: number } {
  try {
    const { values } = parseArgs({
      options: {
        data: { type: 'string' },
        port: { type: 'string', default: '0' },
        'smtp-port': { type: 'string', default: '0' },
      },
    });
    if (!values.data) throw new Error('--data is missing');
    const port = portOf('--port', values.port);
    return { data: values.data, port, smtpPort: portOf('--smtp-port', values['smtp-port']) };
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    process.exit(EXIT_USAGE);
  }
}

function portOf(name: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= PORT_MAX) return Number(text);
  throw new Error(`bad ${name}`);
}
