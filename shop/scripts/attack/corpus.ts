// Which hostile requests did people think of? One file a class, collected by hand.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What must happen to the requests of an attack. `refuse`: none goes further. `serve`: all go
 * further. `either`: what goes further is what a strict reader reads. `cut`, of a hostile answer:
 * the client is not told that it is whole.
 */
export type Must = 'refuse' | 'serve' | 'either' | 'cut';

export interface Attack {
  readonly class: string;
  readonly tries: string;
  readonly must: Must;
  /** How many good requests stand before the one that must be refused. */
  readonly reaches: number;
  /** What is sent, one character a byte. */
  readonly bytes: string;
  /** What the service behind answers with, byte for byte. @default a proper answer */
  readonly answer?: string;
  /** What must happen to it only matters where bodies and queries are read, not only carried. */
  readonly isOfContent: boolean;
}

/** As written in a file: text, one character a byte, or a text so many times. */
export type Part = string | { readonly repeat: string; readonly times: number };

interface WrittenAttack {
  readonly tries: string;
  readonly must: Must;
  readonly reaches?: number;
  readonly send: readonly Part[];
  readonly answer?: readonly Part[];
}

interface WrittenClass {
  readonly class: string;
  readonly about: string;
  /** `content`: about what stands in bodies and queries. @default about HTTP */
  readonly of?: 'content';
  readonly attacks: readonly WrittenAttack[];
}

const FOLDER = join(import.meta.dirname, 'corpus');

const bytesOf = (parts: readonly Part[]): string =>
  parts.map((part) => (typeof part === 'string' ? part : part.repeat.repeat(part.times))).join('');

function attacksOf({ class: name, of, attacks }: WrittenClass): Attack[] {
  const isOfContent = of === 'content';
  return attacks.map(({ tries, must, reaches = 0, send, answer }) => ({
    ...{ class: name, tries, must, reaches, isOfContent, bytes: bytesOf(send) },
    ...(answer && { answer: bytesOf(answer) }),
  }));
}

/** All of them, by class in the order of the files' names. */
export function corpus(): Attack[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => attacksOf(JSON.parse(readFileSync(join(FOLDER, name), 'utf8'))));
}
