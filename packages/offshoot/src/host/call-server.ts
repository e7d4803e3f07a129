// How does a process answer calls of other processes, and leave without failing one of them?
import { CALL_BYTES_MAX, type CallDoor, httpDoor, LINK_PROTOCOL, linkDoor } from '../rpc/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { type ServedTls, serveHttp } from '../runtime/node/index.ts';

export interface CallServerOptions {
  readonly runtime: Runtime;
  /** What answers: over links, and over HTTP for whoever speaks none. */
  readonly door: CallDoor;
  /** 0 = any free one. @default 0 */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly address?: string;
  /** Answers over TLS, those alone who show a certificate that is believed. @default in the clear */
  readonly mutualTls?: ServedTls | undefined;
  /** Told when an answer could not be made. */
  readonly onCrash?: (cause: unknown) => void;
}

export interface CallServer {
  readonly url: string;
  /**
   * Tells everybody to go elsewhere, and answers all the same: `off` takes it off the lists, links
   * are told to bring no new calls, and each HTTP answer is the last on its connection. Resolves
   * after `noticeMs`, by when whoever looks at the lists should know.
   */
  leave(off: () => Promise<void>, noticeMs: number): Promise<void>;
  /** Takes nothing new, lets what is open end within `graceMs`, then cuts it off. */
  close(graceMs: number): Promise<void>;
}

const CONNECTIONS_MAX = 1_024;

/**
 * Answers calls over links and HTTP on one port. To end without failing a call, `leave` and then
 * `close`: a request that is on its way when a connection is closed has failed, and nobody can tell
 * whether it happened; so connections are closed when nobody means to use them any more. Rejects
 * with PORT_IN_USE.
 *
 * @example
 * const server = await callServer({ runtime, door: callDoor({ runtime, control, callee }) });
 * const here = presence({ registry, runtime, instance: { id, service, url: server.url } });
 * await server.leave(() => here.leave(), 500);
 * await server.close(10_000);
 */
export async function callServer(options: CallServerOptions): Promise<CallServer> {
  const { runtime, door, port = 0, address, onCrash, mutualTls } = options;
  const handle = httpDoor(door);
  const links = linkDoor(runtime, door);
  const listening = await serveHttp({
    ...{ handle, onBodyTooLarge: handle, port },
    ...(address === undefined ? {} : { host: address }),
    ...(onCrash ? { onCrash } : {}),
    ...(mutualTls ? { mutualTls } : {}),
    upgrades: { [LINK_PROTOCOL]: links.accept },
    limits: { bodyBytesMax: CALL_BYTES_MAX, connectionsMax: CONNECTIONS_MAX },
  });
  return {
    url: listening.url,
    async leave(off, noticeMs) {
      listening.farewell();
      await off();
      links.goAway();
      await runtime.sleep(noticeMs);
    },
    async close(graceMs) {
      links.goAway();
      await listening.close(graceMs);
      links.close();
    },
  };
}
