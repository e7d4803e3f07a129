// What does a message say? Reads the bytes that SMTP brought into what a person wants to see.
import PostalMime from 'postal-mime';

/** A message as its reader sees it. */
export interface Message {
  /** The header Message-ID with its angle brackets, '' when there was none. */
  readonly messageId: string;
  readonly from: string;
  /** Recipients, separated by commas. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** When it was accepted: ISO 8601, UTC. */
  readonly at: string;
}

/** Who SMTP says it is from and for: used where the message itself is silent. */
export interface SmtpEnvelope {
  readonly from: string;
  readonly to: readonly string[];
}

interface Named {
  readonly name: string;
  readonly address?: string | undefined;
}

const TEXT_CHARACTERS_MAX = 64 * 1024;
const FIELD_CHARACTERS_MAX = 1_000;
const NESTING_MAX = 8;
const HEADER_BYTES_MAX = 64 * 1024;

/** Reads a message. Rejects when it is nested too deeply or its headers are too long. */
export async function message(raw: Buffer, envelope: SmtpEnvelope, at: string): Promise<Message> {
  const read = await PostalMime.parse(raw, {
    maxNestingDepth: NESTING_MAX,
    maxHeadersSize: HEADER_BYTES_MAX,
  });
  const to = (read.to ?? []).map(spelled).filter((text) => text !== '');
  return {
    messageId: cut(read.messageId),
    from: cut((read.from && spelled(read.from)) || envelope.from),
    to: cut(to.length > 0 ? to.join(', ') : envelope.to.join(', ')),
    subject: cut(read.subject),
    text: (read.text ?? '').slice(0, TEXT_CHARACTERS_MAX),
    at,
  };
}

const cut = (text: string | undefined) => (text ?? '').slice(0, FIELD_CHARACTERS_MAX);

const spelled = ({ name, address = '' }: Named) => (name ? `${name} <${address}>` : address);
