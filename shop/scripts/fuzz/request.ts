// How does an input become a request, and how is it sent exactly as it was made?
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import type { Person } from './person.ts';
import type { AskedOperation } from './surface.ts';
import type { Input } from './valid-input.ts';

/** Everything of a request, still open to change. */
export interface Draft {
  readonly operation: AskedOperation;
  readonly who: Person;
  method: string;
  /** Path and query. */
  target: string;
  headers: Record<string, string | readonly string[]>;
  body: string | Buffer | undefined;
  /** It asks for something that nobody documents: another path, another method. */
  isOdd: boolean;
  /** What was done to it, for whoever reads a complaint. */
  readonly how: string[];
}

export interface Answer {
  /** 0: there was none. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The text of the answer, or why there was none. */
  readonly text: string;
}

export interface Sender {
  /** Never rejects. */
  send(draft: Draft): Promise<Answer>;
  close(): void;
}

const TIMEOUT_MS = 20_000;

const textOf = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed();

/** The request that says this input, in the name of `who`. */
export function drafted(operation: AskedOperation, who: Person, input: Input, id: string): Draft {
  const { method, path, inPath, sendsBody, headers: asked } = operation;
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(textOf(input[name])));
  const rest = Object.entries(input).filter(([name]) => !inPath.includes(name));
  const pairs = rest.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, textOf(one)]),
  );
  const query = sendsBody || pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
  const needed = (operation.form.required ?? []).filter((name) => !inPath.includes(name));
  const hasBody = sendsBody && rest.length + needed.length > 0;
  return {
    ...{ operation, who, method, target: `${filled}${query}`, isOdd: false, how: [] },
    headers: {
      'x-request-id': id,
      ...(who.authorization === undefined ? {} : { authorization: who.authorization }),
      ...(asked.get('idempotency-key') ? { 'idempotency-key': id } : {}),
      ...(asked.get('if-match') ? { 'if-match': '*' } : {}),
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
    },
    body: hasBody ? JSON.stringify(Object.fromEntries(rest)) : undefined,
  };
}

/** Keeps so many connections; nothing of a draft is tidied up on the way. */
export function sender(base: string, connections: number): Sender {
  const { hostname, port } = new URL(base);
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'lifo' });
  const send = ({ method, target: path, headers, body }: Draft) =>
    new Promise<Answer>((resolve) => {
      const lost = (error: Error) => resolve({ status: 0, headers: {}, text: error.message });
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const all = { ...headers, ...length } as Record<string, string | string[] | number>;
      const options = { agent, hostname, port, method, path, timeout: TIMEOUT_MS, headers: all };
      const sent = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
        response.on('error', lost);
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)));
      sent.on('error', lost);
      sent.end(body);
    });
  return { send, close: () => agent.destroy() };
}
