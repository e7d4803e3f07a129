// How does a service hand work to whoever can do it, and hear what came of it?
import type { Command, InputFor, RefusalFor, ResultFor } from '../contract/index.ts';
import { badDefinition } from '../error/index.ts';
import {
  collection,
  type Loaded,
  type Needs,
  type UnitOfWork,
  type WorkRequest,
} from '../store/index.ts';

/** An item that waits or is being worked on. Ids begin with the queue and the due time. */
export interface WorkItem {
  readonly queue: string;
  readonly id: string;
  readonly input: unknown;
  /** When it may be taken; while it is taken, when another may take it. Milliseconds since 1970. */
  readonly due: number;
  /** Workers that failed at it. */
  readonly attempts: number;
  /** Tries that say nothing about it, since the last that did: a worker was away. */
  readonly away: number;
  readonly sentAt: number;
  readonly correlation: string;
  readonly causation: string;
  readonly traceparent: string;
}

export const work = collection<WorkItem>('offshoot.work');

const DUE_WIDTH = 15;
export const workId = ({ queue, due, id }: Pick<WorkItem, 'queue' | 'due' | 'id'>) =>
  `${queue}|${String(due).padStart(DUE_WIDTH, '0')}|${id}`;

export interface Replied<Op> {
  readonly id: string;
  readonly input: InputFor<Op>;
  /** What the worker answered: a result, or a declared refusal. */
  readonly reply: ResultFor<Op> | RefusalFor<Op>;
}

export interface Reply<Op, N extends Needs> {
  readonly load?: (given: Replied<Op>) => N;
  /** Pure. Its unit commits together with the end of the item: an event, a document, a saga. */
  readonly decide: (
    given: Replied<Op> & { readonly loaded: Loaded<N>; readonly at: number },
  ) => Omit<UnitOfWork, 'reply'> | undefined;
}

export interface RetryOptions {
  /** Failures after which an item waits for a person. @default 8 */
  readonly attempts?: number;
  /** After the first failure; each one after it waits twice as long. @default 1000 */
  readonly delayMs?: number;
  /** @default 60000 */
  readonly delayMsMax?: number;
}

export interface QueueOptions<Op, N extends Needs> {
  /** Items at work at once, in each process that takes from the queue. @default 8 */
  readonly concurrency?: number;
  /** How long an item is its worker's alone. @default the operation's deadline and 10 s */
  readonly visibilityMs?: number;
  /** Items that may wait; a unit that sends one more is refused as OVERLOADED. @default 100000 */
  readonly itemsMax?: number;
  readonly retry?: RetryOptions;
  readonly replied?: Reply<Op, N>;
}

export interface Queue<Op extends Command<any, any, any> = Command<any, any, any>> {
  readonly name: string;
  readonly operation: Op;
  readonly concurrency: number;
  readonly visibilityMs: number;
  readonly itemsMax: number;
  readonly retry: Required<RetryOptions>;
  readonly replied: Reply<any, any> | undefined;
  /** For a unit's `work`. The worker is asked with a key made of the queue and `id`. */
  send(id: string, input: InputFor<Op>): WorkRequest;
}

const CONCURRENCY = 8;
const ITEMS_MAX = 100_000;
const GRACE_MS = 10_000;
const RETRY = { attempts: 8, delayMs: 1_000, delayMsMax: 60_000 };
const NAME = /^[a-z][\w\-./]*$/i;

/**
 * A queue of one service: items that it sends go, each to one of the instances that can do the
 * command, and the answer comes back to it. Exactly one has the effect, also when workers crash or
 * answer late: whoever takes an item again asks with the same idempotency key. Order is not
 * promised. What keeps failing is parked among the dead letters of `queue/<name>`.
 *
 * @example
 * const thumbnails = queue('thumbnails', media.render, { replied: { decide: … } });
 * // in a unit: { work: [thumbnails.send(photoId, { photoId })] }
 */
export function queue<Op extends Command<any, any, any>, N extends Needs = {}>(
  name: string,
  operation: Op,
  options: QueueOptions<Op, N> = {},
): Queue<Op> {
  const { concurrency = CONCURRENCY, itemsMax = ITEMS_MAX, replied } = options;
  const { visibilityMs = operation.deadlineMs + GRACE_MS } = options;
  if (!NAME.test(name)) badDefinition(`'${name}' is no queue name`);
  if (!(concurrency >= 1 && itemsMax >= 1)) badDefinition(`queue ${name} has no room for an item`);
  if (visibilityMs <= operation.deadlineMs)
    badDefinition(`queue ${name}: visibilityMs must exceed the ${operation.deadlineMs} ms that
      ${operation.service}.${operation.name} may take, or two have an item at once`);
  return {
    ...{ name, operation, concurrency, visibilityMs, itemsMax, replied },
    retry: { ...RETRY, ...options.retry },
    send: (id, input) => ({ queue: name, id, input }),
  };
}
