// How is mail handed to a real mail server?
import { createTransport } from 'nodemailer';
import type { OutsideAdapter } from 'offshoot/contract';
import { OffshootError } from 'offshoot/error';

interface Mail {
  readonly messageId: string;
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
}
interface Sent {
  readonly status: 'accepted' | 'rejected';
}

export interface SmtpAdapter extends OutsideAdapter {
  close(): void;
}

const FROM = { name: 'The shop', address: 'orders@shop.offshoot.dev' };
const CONNECTIONS_MAX = 16;
const SENDING_MAX = 4_000;
const REMEMBERED_MAX = 10_000;
const CONNECT_MS_MAX = 2_000;
const SILENCE_MS_MAX = 10_000;
/** These say no to this one mail; other codes are about the server. */
const ABOUT_THE_MAIL = new Set(['EENVELOPE', 'EMESSAGE']);
const PERMANENT = 500;

/**
 * The port `mail`, over SMTP. What is being sent is not sent again beside itself, and what this
 * process saw accepted lately is not sent again: only a crash leaves room for a second copy.
 */
export function smtpAdapter(url: string): SmtpAdapter {
  const transport = createTransport(transportOptions(url));
  const sending = new Map<string, Promise<Sent>>();
  const accepted = new Set<string>();

  const send = async ({ messageId, to, subject, text }: Mail): Promise<Sent> => {
    try {
      const headers = { 'auto-submitted': 'auto-generated' };
      await transport.sendMail({ from: FROM, to, subject, text, messageId, headers });
    } catch (error) {
      return meaningOf(error as { code?: string; responseCode?: number });
    }
    accepted.add(messageId);
    const [oldest] = accepted;
    if (accepted.size > REMEMBERED_MAX && oldest !== undefined) accepted.delete(oldest);
    return { status: 'accepted' };
  };

  return {
    name: 'mail-smtp',
    call(name, input) {
      if (name !== 'send') throw new OffshootError('INTERNAL_ERROR', `mail has no call ${name}`);
      const mail = input as Mail;
      const { messageId } = mail;
      if (accepted.has(messageId)) return Promise.resolve({ status: 'accepted' });
      const known = sending.get(messageId);
      if (known) return known;
      if (sending.size >= SENDING_MAX)
        throw new OffshootError('OVERLOADED', `${SENDING_MAX} mails are being sent; try again`);
      const run = send(mail).finally(() => sending.delete(messageId));
      sending.set(messageId, run);
      return run;
    },
    close: () => transport.close(),
  };
}

/** No address and no text of the server: either may name a person. */
function meaningOf({
  code = 'no code',
  responseCode = 0,
}: {
  code?: string;
  responseCode?: number;
}): Sent {
  if (responseCode >= PERMANENT && ABOUT_THE_MAIL.has(code)) return { status: 'rejected' };
  const what = responseCode === 0 ? code : `${code}, ${responseCode}`;
  throw new OffshootError(
    'UNAVAILABLE',
    `the mail server did not take a mail (${what}); try again`,
  );
}

function transportOptions(url: string) {
  const place = URL.canParse(url) ? new URL(url) : undefined;
  if (!place?.hostname || !/^smtps?:$/.test(place.protocol))
    throw new OffshootError(
      'BAD_SETTING',
      'SMTP_URL cannot be used: give an address like smtp://127.0.0.1:2525',
    );
  const { hostname: host, protocol, username, password } = place;
  const secure = protocol === 'smtps:';
  const auth = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return {
    ...{ host, secure, port: Number(place.port || (secure ? 465 : 587)) },
    ...(username === '' ? {} : { auth }),
    pool: true as const,
    maxConnections: CONNECTIONS_MAX,
    maxMessages: Number.POSITIVE_INFINITY,
    connectionTimeout: CONNECT_MS_MAX,
    greetingTimeout: CONNECT_MS_MAX,
    socketTimeout: SILENCE_MS_MAX,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
