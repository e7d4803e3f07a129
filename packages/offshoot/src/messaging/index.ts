// The public names of offshoot/messaging.
export { type Broker, embeddedBroker } from './broker.ts';
export { consumer } from './consumer.ts';
export type { Cause, ConsumerContext } from './consumer-context.ts';
export type { Consumer, ResetTo } from './consumer-port.ts';
export type { DeadLetter, DeadLetterState, FailureGroup } from './dead-letter.ts';
export type {
  DeadLetterQuery,
  DeadLetterStory,
  DeadLetters,
  DecidedBy,
} from './dead-letters.ts';
export { type Envelope, envelope, positionOf, sourceOf, written } from './envelope.ts';
export { type Feed, type FeedFacts, type FeedPage, PAGE_EVENTS_MAX, storeFeed } from './feed.ts';
export type { Fork } from './history.ts';
export {
  type Floor,
  floors,
  INBOX_COLLECTIONS,
  type Mark,
  markId,
  marks,
  moveFloor,
  type Waiting,
  waiting,
} from './inbox.ts';
export { incoming } from './incoming.ts';
export {
  type Queue,
  type QueueOptions,
  queue,
  type Replied,
  type Reply,
  type RetryOptions,
  type WorkItem,
  work,
} from './queue.ts';
export { relay } from './relay.ts';
export type { Replay, ReplayHandler, Selection } from './replay.ts';
export {
  type EventHandler,
  type From,
  type Handling,
  handlerFor,
  type Incoming,
  on,
  type Subscription,
  type SubscriptionOptions,
  subscription,
  wireType,
  wireVersion,
} from './subscription.ts';
export type { WorkerContext } from './worker-context.ts';
export { type Workers, workers } from './workers.ts';
