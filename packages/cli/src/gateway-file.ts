// What does a gateway.yaml say, and in which line is it wrong?
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { OffshootError } from 'offshoot/error';
import {
  configSchema,
  type GatewayConfig,
  mistakesIn,
  POLICIES,
  type SecretName,
} from 'offshoot/proxy';
import type { FrontLimits, FrontTls } from 'offshoot/runtime/node';
import { type Document, isMap, LineCounter, type Node, parseDocument } from 'yaml';

/** What the file says beside what happens to a request. */
export interface GatewayFile extends GatewayConfig {
  readonly listen?: {
    /** @default 8080 */
    readonly port?: number;
    /** @default 127.0.0.1 */
    readonly host?: string;
    /** Files, PEM. HTTP/2 is offered beside HTTP/1.1. */
    readonly tls?: { readonly key: string; readonly cert: string; readonly clientCa?: string };
  };
  /** Where metrics and health of the gateway itself are answered. @default nowhere */
  readonly admin?: { readonly port: number; readonly host?: string };
  /** Who carries requests on. @default own */
  readonly client?: 'own' | 'undici';
  readonly limits?: FrontLimits;
}

const BYTES_MAX = 4 * 1_048_576;
const SHOWN_MAX = 20;

const path = { type: 'string', minLength: 1 };
const port = { type: 'integer', minimum: 0, maximum: 65_535 };
const positive = { type: 'integer', minimum: 1 };
const closed = (properties: object, required: readonly string[] = []) => ({
  ...{ type: 'object', additionalProperties: false, properties, required },
});

/** JSON Schema (2020-12) of the whole file, for editors and for `--check`. */
export function fileSchema(): Record<string, unknown> {
  const requests = configSchema(POLICIES) as { readonly properties: object };
  const tls = closed({ key: path, cert: path, clientCa: path }, ['key', 'cert']);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'gateway.yaml of Offshoot',
    ...requests,
    properties: {
      listen: closed({ port, host: path, tls }),
      admin: closed({ port, host: path }, ['port']),
      client: { enum: ['own', 'undici'] },
      limits: closed({
        ...{ headerBytesMax: positive, headersMax: positive, headersTimeoutMs: positive },
        ...{ requestTimeoutMs: positive, keepAliveTimeoutMs: positive, connectionsMax: positive },
        connectionsPerAddressMax: positive,
      }),
      ...requests.properties,
    },
  };
}

/** The nearest thing in the document to where a mistake is: a key that is there, else what holds it. */
function nodeAt(document: Document, way: readonly string[]): Node | null | undefined {
  const holder = document.getIn(way.slice(0, -1), true) ?? document.contents;
  const last = way.at(-1);
  if (last !== undefined && isMap(holder)) {
    const pair = holder.items.find(({ key }) => String(key) === last);
    if (pair) return pair.key as unknown as Node;
  }
  return (document.getIn(way, true) as Node | undefined) ?? (holder as Node | null);
}

const bad = (file: string, lines: readonly string[]): OffshootError => {
  const more = lines.length > SHOWN_MAX ? [`and ${lines.length - SHOWN_MAX} more`] : [];
  const text = [...lines.slice(0, SHOWN_MAX), ...more].join('\n');
  return new OffshootError(
    'BAD_SETTING',
    lines.length === 1 ? text : `${file} has mistakes\n${text}`,
  );
};

/**
 * Reads a file. Throws BAD_SETTING with every mistake as `file:line: what, and the fix`. Aliases
 * are refused beyond a hundred, so that a small file cannot become a large one.
 */
export function readGatewayFile(name: string): GatewayFile {
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch (cause) {
    const message = `${name} cannot be read (${(cause as NodeJS.ErrnoException).code}); name the file with --config`;
    throw new OffshootError('BAD_SETTING', message, { cause });
  }
  return parseGatewayFile(text, name);
}

export function parseGatewayFile(text: string, name: string): GatewayFile {
  if (text.length > BYTES_MAX) throw bad(name, [`${name}: more than ${BYTES_MAX} bytes`]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number) => lines.linePos(offset).line;
  if (document.errors.length > 0)
    throw bad(
      name,
      document.errors.map(({ pos, message }) => `${name}:${lineOf(pos[0])}: ${message}`),
    );
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  const mistakes = mistakesIn(value ?? {}, fileSchema());
  if (mistakes.length === 0) return value as GatewayFile;
  throw bad(
    name,
    mistakes.map(({ path: way, message }) => {
      const at = nodeAt(document, way)?.range?.[0] ?? 0;
      return `${name}:${lineOf(at)}: ${way.join('.') || 'the file'}: ${message}`;
    }),
  );
}

/** The texts of the files that TLS is made of. */
export function tlsOf({ listen }: GatewayFile): FrontTls | undefined {
  if (!listen?.tls) return undefined;
  const { key, cert, clientCa } = listen.tls;
  const read = (file: string) => secretOf({ file });
  const both = { key: read(key), cert: read(cert) };
  return clientCa === undefined ? both : { ...both, clientCa: read(clientCa) };
}

/** A secret by the name of an environment variable or a file. Throws BAD_SETTING when it is not there. */
export function secretOf(named: SecretName): string {
  if ('env' in named) {
    const value = process.env[named.env];
    if (value) return value;
    throw new OffshootError('BAD_SETTING', `the environment has no ${named.env}; set it`);
  }
  try {
    return readFileSync(resolve(named.file), 'utf8').trim();
  } catch (cause) {
    const message = `${named.file} cannot be read (${(cause as NodeJS.ErrnoException).code})`;
    throw new OffshootError('BAD_SETTING', message, { cause });
  }
}
