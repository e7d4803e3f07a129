// What may a handler's `prepare` reach? Only things that are safe to do again.
import type {
  InputFor,
  Outside,
  OutsideCall,
  OutsideInput,
  OutsideOutput,
  Query,
  RefusalFor,
  ResultFor,
} from '../contract/index.ts';
import type { Cryptography } from '../runtime/index.ts';
import type { Need } from './need.ts';

export type OutsideClient<C> = {
  readonly [N in keyof C]: (input: OutsideInput<C[N]>) => Promise<OutsideOutput<C[N]>>;
};

/**
 * What one fact has asked of outside ports that promise no more than `at-least-once`, by key. A
 * repeat of its `prepare` takes the answer from here, also one that came after its deadline.
 */
export type Asked = Map<string, Question>;

export interface Question {
  readonly answer: Promise<unknown>;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/**
 * The service's own store, queries of other services, and outside ports. There is no way to call
 * another service's command from here; that is what a saga's steps are for.
 */
export interface Reach {
  /** Reads the service's own store: durable, and possibly stale by the time `decide` runs. */
  read<T>(need: Need<T>): Promise<T>;
  /** Asks another service. A declared refusal is returned, anything else is thrown. */
  ask<Op extends Query<any, any, any>>(
    operation: Op,
    input: InputFor<Op>,
  ): Promise<ResultFor<Op> | RefusalFor<Op>>;
  /**
   * Calls an outside port. The idempotency key of a call derives from the command's or the
   * event's own key, or from `about` when the fact has a name of its own (`order/<id>`).
   */
  outside<C extends Readonly<Record<string, OutsideCall<any, any>>>>(
    port: Outside<C>,
    about?: string,
  ): OutsideClient<C>;
  /** A keyed hash of a personal value (an e-mail), for look-ups without storing it. */
  lookup(value: string): string;
  /** A new UUIDv7. */
  id(): string;
  /** `bytes` random bytes as base64url, for secrets. */
  secret(bytes: number): string;
  readonly cryptography: Cryptography;
  /**
   * Measures a part of the work as a span of its own; what `run` asks through its reach stands
   * below it: `reach.span('price the lines', (inner) => inner.ask(…))`. Names are a bounded set.
   */
  span<T>(
    name: string,
    run: (reach: Reach) => Promise<T>,
    attributes?: Readonly<Record<string, string | number | boolean>>,
  ): Promise<T>;
}

/**
 * What the `prepare` of a subscription may reach besides. What cannot be undone belongs here: the
 * fact that asks for it is durable, and is delivered again until its handler has succeeded.
 */
export interface EventReach extends Reach {
  /**
   * Deletes the key of a person, for ever: every copy of their data, in logs, documents, replies
   * and events, reads as `Erased`. Forgetting somebody again changes nothing.
   */
  forget(subject: string): Promise<void>;
}
