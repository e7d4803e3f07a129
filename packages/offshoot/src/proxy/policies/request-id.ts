// Which id does a request have, from here on and in the answer?
import type { PolicyKind } from '../policy.ts';
import { flag, options } from './options.ts';

const SAFE_ID = /^[\w\-.:/]{1,128}$/;

export interface RequestIdOptions {
  /** Whether a safe id of the client is kept. @default true */
  readonly keep?: boolean;
}

/** The client's `X-Request-ID` when it is at most 128 safe characters, else a new one; echoed. */
export const requestId: PolicyKind<RequestIdOptions> = {
  name: 'requestId',
  description: 'Gives each request an id, in X-Request-ID, to the service and to the client.',
  options: options({ keep: flag }),
  make: ({ keep = true }, { runtime }) => ({
    name: 'requestId',
    onRequest(exchange) {
      const given = exchange.head.requestId;
      const isKept = keep && given !== undefined && SAFE_ID.test(given);
      exchange.requestId = isKept ? given : runtime.id();
      exchange.reply('x-request-id', exchange.requestId);
    },
  }),
};
