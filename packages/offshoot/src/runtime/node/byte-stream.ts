// How does a socket carry bytes of a protocol that is not HTTP?
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { OffshootError } from '../../error/index.ts';
import type { ByteStream, Dial, Dialler } from '../byte-stream.ts';
import type { Admits } from '../certificates.ts';
import type { MutualTls } from './mutual-tls.ts';

// An import of it opens all its exports, and one of them is a whole WebSocket client.
const { request: httpRequest } = process.getBuiltinModule('node:http');

const KEEP_ALIVE_MS = 10_000;

/** A socket as a stream; `head` are bytes that came with the handshake. */
export function socketStream(socket: Socket, head: Buffer): ByteStream {
  socket.setNoDelay(true);
  socket.setTimeout(0);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return {
    write: (bytes) => (socket.writable ? socket.write(bytes) : false),
    listen(listener) {
      socket.on('data', (bytes: Buffer) => listener.onBytes(bytes));
      socket.on('drain', () => listener.onDrain());
      socket.on('error', () => socket.destroy());
      socket.once('end', () => socket.end());
      socket.once('close', () => listener.onClose());
      if (head.length > 0) listener.onBytes(head);
      if (socket.destroyed) listener.onClose();
    },
    close(now = false) {
      if (now) socket.destroy();
      else socket.end();
    },
  };
}

/** Asks over HTTP/1.1, or HTTPS, to go on in another protocol. */
export const nodeDial: Dialler = (dial: Dial) => dialled(dial, {});

/** As `nodeDial`, over TLS with certificates on both ends, to those whom `admits` believes. */
export const secureDial =
  (tls: MutualTls, admits: Admits): Dialler =>
  (dial) =>
    dialled(dial, tls.dialOptions(admits));

const dialled = (dial: Dial, secured: ConnectionOptions): ReturnType<Dialler> =>
  new Promise((resolve, reject) => {
    const url = new URL(dial.url);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const headers = { connection: 'Upgrade', upgrade: dial.protocol };
    const request = send(url, { ...secured, method: 'GET', headers, agent: false });
    const fail = (error: OffshootError) => {
      clearTimeout(timer);
      reject(error);
      request.destroy();
    };
    const timer = setTimeout(
      () => fail(new OffshootError('DEADLINE_EXCEEDED', `${url.host} took too long`)),
      dial.timeoutMs,
    );
    request.on('error', (cause) => {
      const details = { sent: false };
      fail(new OffshootError('UNAVAILABLE', `${url.host} did not answer`, { cause, details }));
    });
    request.on('response', (response) => {
      clearTimeout(timer);
      response.destroy();
      resolve(undefined);
    });
    request.on('upgrade', (_, socket, head) => {
      clearTimeout(timer);
      resolve(socketStream(socket as Socket, head));
    });
    request.end();
  });
