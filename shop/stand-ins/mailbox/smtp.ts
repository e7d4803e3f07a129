// How does the mailbox take mail in? SMTP on loopback; 250 is said only after the commit.
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import { message } from './message.ts';
import type { Spool } from './spool.ts';

export interface SmtpListener {
  readonly url: string;
  /** Lets transfers that have begun end, for a moment. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
export const MESSAGE_BYTES_MAX = 256 * 1024;
const RECIPIENTS_MAX = 10;
const CLIENTS_MAX = 128;
const IDLE_MS_MAX = 120_000;
const CLOSE_GRACE_MS = 250;
/** Mail to this domain is refused for good: how a test finds out what a shop does then. */
export const UNDELIVERABLE = '@undeliverable.test';

/** Listens on loopback; resolves once mail is taken in. Port 0 is any free one. */
export async function smtpListener(spool: Spool, port: number): Promise<SmtpListener> {
  const server = new SMTPServer({
    name: 'mailbox',
    size: MESSAGE_BYTES_MAX,
    maxClients: CLIENTS_MAX,
    maxRecipients: RECIPIENTS_MAX,
    socketTimeout: IDLE_MS_MAX,
    closeTimeout: CLOSE_GRACE_MS,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onRcptTo({ address }, _session, done) {
      done(address.endsWith(UNDELIVERABLE) ? refusal(550, 'nobody reads mail there') : null);
    },
    onData(stream, { envelope }, done) {
      const from = envelope.mailFrom ? envelope.mailFrom.address : '';
      const to = envelope.rcptTo.map(({ address }) => address);
      received(stream)
        .then((raw) => message(raw, { from, to }, new Date().toISOString()))
        .then((one) => spool.keep(one))
        .then(
          () => done(null, 'kept'),
          (error: Error) => done('responseCode' in error ? error : refusal(451, error.message)),
        );
    },
  });
  // What a client does to its own connection concerns nobody else.
  server.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, HOST, () => resolve());
  });
  return {
    url: `smtp://${HOST}:${(server.server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The bytes of one message, read to the end also when there are too many of them. */
async function received(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MESSAGE_BYTES_MAX) chunks.push(chunk);
  }
  if (bytes > MESSAGE_BYTES_MAX) throw refusal(552, 'the message is too large');
  return Buffer.concat(chunks);
}

const refusal = (responseCode: number, text: string) =>
  Object.assign(new Error(text), { responseCode });
