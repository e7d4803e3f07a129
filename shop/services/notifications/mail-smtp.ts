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
/** As many as a subscription tells at once: none of its mails waits here, its deadline running. */
const CONNECTIONS_MAX = 32;
const SENDING_MAX = 1_000;
const CONNECT_MS_MAX = 2_000;
const SILENCE_MS_MAX = 10_000;
/** These say no to this one mail; other codes are about the server. */
const ABOUT_THE_MAIL = new Set(['EENVELOPE', 'EMESSAGE']);
const PERMANENT = 500;

/** The port `mail`, over SMTP. Each call is one attempt to hand over one mail. */
export function smtpAdapter(url: string): SmtpAdapter {
  const transport = createTransport(transportOptions(url));
  let sending = 0;

  const send = async ({ messageId, to, subject, text }: Mail): Promise<Sent> => {
    sending += 1;
    try {
      const headers = { 'auto-submitted': 'auto-generated' };
      await transport.sendMail({ from: FROM, to, subject, text, messageId, headers });
      return { status: 'accepted' };
    } catch (error) {
      return meaningOf(error as { code?: string; responseCode?: number });
    } finally {
      sending -= 1;
    }
  };

  return {
    name: 'mail-smtp',
    call(name, input) {
      if (name !== 'send') throw new OffshootError('INTERNAL_ERROR', `mail has no call ${name}`);
      if (sending >= SENDING_MAX)
        throw new OffshootError('OVERLOADED', `${SENDING_MAX} mails are being sent; try again`);
      return send(input as Mail);
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
    maxRequeues: 0, // whether to send again is not decided here
    connectionTimeout: CONNECT_MS_MAX,
    greetingTimeout: CONNECT_MS_MAX,
    socketTimeout: SILENCE_MS_MAX,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
