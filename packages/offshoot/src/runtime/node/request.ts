// How does this process ask the outside world something over HTTP?
import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest, Agent as SecureAgent } from 'node:https';
import { OffshootError } from '../../error/index.ts';
import type { Headers, Outbound, OutboundReply } from '../http.ts';

const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
const SOCKETS_PER_HOST_MAX = 256;
// Idle sockets go before the other side's keep-alive limit (5 s in Node) can race a request.
const IDLE_SOCKET_MS = 4_000;
const pool = { keepAlive: true, maxSockets: SOCKETS_PER_HOST_MAX, timeout: IDLE_SOCKET_MS };
const agents = { 'http:': new Agent(pool), 'https:': new SecureAgent(pool) };

const failed = (outbound: Outbound, cause: unknown) =>
  new OffshootError(
    'UNAVAILABLE',
    `${new URL(outbound.url).host} did not answer; try again later`,
    {
      cause,
    },
  );

/** Sends one request and reads the whole answer (at most 8 MiB) within `timeoutMs`. */
export function nodeRequest(outbound: Outbound): Promise<OutboundReply> {
  const url = new URL(outbound.url);
  const secure = url.protocol === 'https:';
  const send = secure ? httpsRequest : httpRequest;
  const body = outbound.body === undefined ? undefined : Buffer.from(outbound.body);
  return new Promise((resolve, reject) => {
    const headers = { ...outbound.headers, ...(body && { 'content-length': String(body.length) }) };
    const agent = agents[secure ? 'https:' : 'http:'];
    const request = send(url, { method: outbound.method, headers, agent });
    const giveUp = (error: OffshootError) => {
      clearTimeout(timer);
      reject(error);
      request.destroy();
    };
    const timer = setTimeout(
      () => giveUp(new OffshootError('DEADLINE_EXCEEDED', `${url.host} took too long`)),
      outbound.timeoutMs,
    );
    outbound.signal?.addEventListener('abort', () => giveUp(failed(outbound, 'aborted')), {
      once: true,
    });
    request.on('error', (cause) => giveUp(failed(outbound, cause)));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > ANSWER_BYTES_MAX)
          giveUp(new OffshootError('BAD_UPSTREAM', 'answer too large'));
        else chunks.push(chunk);
      });
      response.on('error', (cause) => giveUp(failed(outbound, cause)));
      response.on('aborted', () => giveUp(failed(outbound, 'connection closed')));
      response.on('end', () => {
        clearTimeout(timer);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    request.end(body);
  });
}
