// How do simulated hosts reach each other where everything goes over the network as it is?
import { jsonCopy } from '../contract/index.ts';
import { asOffshootError } from '../error/index.ts';
import type { Broker, Feed } from '../messaging/index.ts';
import type { Transport } from '../rpc/index.ts';
import { type Fleet, NOT_HERE, type SimulatedHost } from './fleet.ts';
import type { Life } from './life.ts';
import type { Passings } from './network.ts';

/** What a life of a host uses to reach services of other hosts. */
export interface Wire {
  readonly transport: Transport;
  readonly broker: Broker;
  /** The feed of a service of another host as a service of this one reads it. */
  feed(service: string, reader: string): Feed;
}

const FEED_TIMEOUT_MS = 2_000;

export const CALL: Passings = {
  beforeAsking: 'before-call',
  afterAsking: 'after-call',
  onQuestion: 'on-call',
  beforeAnswer: 'before-answer',
  afterAnswer: 'after-answer',
  onAnswer: 'on-answer',
};
export const FEED: Passings = { beforeAsking: 'before-feed', onAnswer: 'on-feed' };

/** Calls that nobody protects or checks, and events that are pushed to whoever listens. */
export function bus(fleet: Fleet, mine: Life, broker: Broker): Wire {
  const { network } = fleet;
  return {
    broker,
    async transport(call) {
      const to = fleet.of(call.service);
      if (!to) return NOT_HERE;
      const { headers } = call;
      // As it is now, whatever the caller does to it later; each callee makes a copy of its own.
      const copied = { ...call, input: jsonCopy(call.input) };
      try {
        return await network.ask({
          what: `${call.service}.${call.operation} ${headers.idempotencyKey ?? ''}`,
          from: mine,
          to,
          timeoutMs: headers.deadlineMs,
          passing: CALL,
          isCopy: true, // the transport of the callee's host makes one
          answer: () => to.callee(copied),
        });
      } catch (error) {
        return { kind: 'error', error: asOffshootError(error).toJSON() };
      }
    },
    feed(service) {
      const ask = <T>(what: string, run: (to: SimulatedHost) => Promise<T>) => {
        const to = fleet.of(service)!;
        return network.ask({
          what: `feed ${service} ${what}`,
          from: mine,
          to,
          timeoutMs: FEED_TIMEOUT_MS,
          passing: FEED,
          answer: async () => run(to),
        });
      };
      return {
        page: (after, limit) =>
          ask(`after ${after.seq}`, (to) => to.feed(service).page(after, limit)),
        at: (position) => ask(`at ${position.seq}`, (to) => to.feed(service).at(position)),
        head: () => ask('head', (to) => to.feed(service).head()),
      };
    },
  };
}
