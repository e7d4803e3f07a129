// What does a consumer need from the service it works for?
import type { Sealer } from '../security/index.ts';
import type { Asked, Change, EventReach, Stamp, UnitContext, UnitOfWork } from '../store/index.ts';
import type { Logger, Tracer } from '../telemetry/index.ts';
import type { Broker } from './broker.ts';
import type { Feed } from './feed.ts';

export interface Cause {
  readonly correlation: string;
  readonly causation: string;
  readonly traceparent: string;
  /** What the answers of whoever is asked must contain, and whom to tell when they may not. */
  readonly after?: { readonly text: string; missed(): void };
  /** Of the call behind it. What is made for a retry is not retried. @default 1 */
  readonly attempt?: number;
}

export interface ConsumerContext extends UnitContext {
  /** The consuming service. */
  readonly service: string;
  readonly feed: Feed;
  readonly broker: Broker;
  readonly sealer: Sealer;
  readonly logger: Logger;
  readonly tracer?: Tracer;
  /** Who and why, on every entry of a commit. */
  stamp(cause: Cause): Stamp;
  /** A unit's sagas as the documents and entries that they are. */
  lower(unit: Omit<UnitOfWork, 'reply'>, stamp: Stamp): Change;
  /** What `prepare` may reach, with keys derived from `key`, and what it has asked before. */
  reach(key: string, cause: Cause, asked: Asked): EventReach;
}
