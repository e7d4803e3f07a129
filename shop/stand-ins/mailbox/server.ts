// How does the mailbox listen? SMTP takes mail in, HTTP lets programs and people read it.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { read } from './reading.ts';
import { seal } from './seal.ts';
import { smtpListener } from './smtp.ts';
import { type Spool, spool } from './spool.ts';

// An import of it opens all its exports, and one of them is a whole WebSocket client.
const { createServer } = process.getBuiltinModule('node:http');

export interface MailboxOptions {
  /** The spool's file; its key lies beside it, with `.key` at the end. */
  readonly data: string;
  /** Of HTTP. @default 0, any free one */
  readonly port?: number;
  /** @default 0, any free one */
  readonly smtpPort?: number;
}

export interface Mailbox {
  readonly url: string;
  readonly smtpUrl: string;
  /** Ends what has begun, and closes the spool. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const KEEP_ALIVE_MS = 65_000;

/** Opens the spool and listens on loopback; resolves once mail and requests are taken. */
export async function mailbox({ data, port = 0, smtpPort = 0 }: MailboxOptions): Promise<Mailbox> {
  const mail = spool(data, seal(`${data}.key`));
  const server = reader(mail);
  try {
    await listening(server, port);
    const smtp = await smtpListener(mail, smtpPort);
    return {
      url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
      smtpUrl: smtp.url,
      async close() {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        await Promise.all([closed, smtp.close()]);
        mail.close();
      },
    };
  } catch (error) {
    server.close();
    mail.close();
    throw error;
  }
}

function reader(mail: Spool): Server {
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    request.resume();
    const { method = '', url = '' } = request;
    const { status, headers, body } = read(mail, { method, url, host: request.headers.host });
    const length = { 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store' };
    response.writeHead(status, { ...headers, ...length });
    response.end(method === 'HEAD' ? undefined : body);
  });
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => resolve());
  });
}
