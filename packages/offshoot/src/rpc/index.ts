// The public names of offshoot/rpc.
export { type After, parseAfter } from './after.ts';
export { type AnsweringOptions, type Answers, type Asked, answering } from './answering.ts';
export {
  type BalancedTransport,
  type BalancedTransportOptions,
  balancedTransport,
} from './balanced-transport.ts';
export { BATCH_MAX, BATCH_OPERATION, withBatch } from './batch.ts';
export type { Call, CallHeaders, Reply, Transport } from './call.ts';
export {
  type CallDoor,
  type CallDoorOptions,
  callDoor,
  type ForeignCall,
  httpDoor,
} from './call-door.ts';
export { type CallFeedOptions, callFeed, type FollowedFeed, type Wait } from './call-feed.ts';
export { type CallOptions, type Client, type ClientOptions, client } from './client.ts';
export { type Elsewhere, type ElsewhereOptions, elsewhere } from './elsewhere.ts';
export { type ExistingRoutesOptions, existingRoutes } from './existing-routes.ts';
export { type FeedFollowerOptions, followFeed } from './feed-follower.ts';
export { type FeedOperationsOptions, withFeed } from './feed-operations.ts';
export { CALL_HEADERS, RESERVED_HEADERS } from './headers.ts';
export { CALL_BYTES_MAX, CALL_PATH } from './http-call.ts';
export { type HttpTransportOptions, httpTransport } from './http-transport.ts';
export { type Callee, type InProcess, inProcess } from './in-process.ts';
export { type Caller, invoke } from './invoke.ts';
export { type LinkDoor, linkDoor } from './link/link-door.ts';
export {
  type LinkTransport,
  type LinkTransportOptions,
  linkTransport,
} from './link/link-transport.ts';
export { LINK_PATH, LINK_PROTOCOL } from './link/messages.ts';
export { type OutsideWorld, outsideWorld } from './outside-client.ts';
export { type CalleeRules, type ProtectOptions, protect } from './protect.ts';
