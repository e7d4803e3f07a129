// How do the scripts speak HTTP, cheaply: they share the machine with what they measure?
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** `status` 0: there was no answer, and nobody knows whether the request arrived. */
export interface Reply {
  readonly status: number;
  /** The text of the answer, or why there was none. */
  readonly body: string;
}

export interface Sending {
  readonly headers?: OutgoingHttpHeaders;
  /** Sent as JSON. */
  readonly body?: string;
  /** Of silence on the connection. @default 10000 */
  readonly timeoutMs?: number;
}

export interface HttpClient {
  /** Never rejects. */
  send(method: string, path: string, sending?: Sending): Promise<Reply>;
  /** Requests that have no answer yet. */
  readonly inFlight: number;
  close(): void;
}

const TIMEOUT_MS = 10_000;
const SOCKETS_MAX = 1_024;
const BACKOFF_MS_MIN = 25;
const BACKOFF_MS_MAX = 1_000;

/** Connections are kept and used again. */
export function httpClient(base: string, socketsMax = SOCKETS_MAX): HttpClient {
  const { hostname, port } = new URL(base);
  const agent = new Agent({ keepAlive: true, maxSockets: socketsMax, scheduling: 'lifo' });
  let inFlight = 0;

  const send = (method: string, path: string, sending: Sending = {}): Promise<Reply> => {
    const { headers, body, timeoutMs = TIMEOUT_MS } = sending;
    const content =
      body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    inFlight += 1;
    return new Promise<Reply>((resolve) => {
      let isDone = false;
      const done = (status: number, text: string) => {
        if (isDone) return;
        isDone = true;
        inFlight -= 1;
        resolve({ status, body: text });
      };
      const lost = (error: Error) => done(0, error.message);
      const options = { agent, hostname, port, method, path, timeout: timeoutMs };
      const sent = request({ ...options, headers: { ...headers, ...content } }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => done(response.statusCode ?? 0, text));
        response.on('error', lost);
        response.on('close', () => done(0, 'the connection was lost'));
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer in ${timeoutMs} ms`)));
      sent.on('error', lost);
      sent.end(body);
    });
  };

  return {
    send,
    get inFlight() {
      return inFlight;
    },
    close: () => agent.destroy(),
  };
}

/** Whether sending the same again may bring another answer. */
export function isTransient({ status, body }: Reply): boolean {
  if (status === 0 || status === 429 || status >= 500) return true;
  return status === 409 && /"code":"(CONFLICT|OUTCOME_PENDING|FENCED)"/.test(body);
}

/**
 * Sends the same again, with backoff, until the answer is final or `deadline` (milliseconds of
 * `performance.now()`) has passed; then the last answer.
 */
export async function untilFinal(send: () => Promise<Reply>, deadline: number): Promise<Reply> {
  for (let waitMs = BACKOFF_MS_MIN; ; waitMs = Math.min(waitMs * 2, BACKOFF_MS_MAX)) {
    const reply = await send();
    if (!isTransient(reply) || performance.now() + waitMs >= deadline) return reply;
    await sleep(waitMs);
  }
}
