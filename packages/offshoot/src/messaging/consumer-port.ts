// What does a host see of a subscription at work, and what may it do with it?
import type { Position } from '../store/index.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Fork } from './history.ts';

export interface Consumer {
  readonly name: string;
  /** The producer whose events it reads. */
  readonly source: string;
  /** Resolves once the first sweep began; the consumer then runs until `stop`. */
  start(): Promise<void>;
  stop(): void;
  /** What the subscription waits for, '' when it runs. */
  readonly pausedBy: string;
  /** Messages that wait after a failure, and keys that wait for a person. */
  readonly waiting: { readonly messages: number; readonly parkedKeys: number };
  readonly deadLetters: DeadLetters;
  /** Everything at or below is handled or waiting, durably. */
  readonly floor: Position;
  /** Likewise, as memory knows it: the floor follows within a second. */
  readonly reached: Position;
  /** Set when it has handled what its producer was restored below: only `reset` lets it go on. */
  readonly fork: Fork | undefined;
  /**
   * Goes on from another place: `fork` = where the histories part, `beginning` = all of it is
   * handled again, `now` = nothing before now is. Waiting messages stay. Resolves when durable.
   * @throws UNAVAILABLE when its work does not come to rest within 10 s, CONFLICT without a fork.
   */
  reset(to: ResetTo): Promise<Position>;
}

export type ResetTo = 'fork' | 'beginning' | 'now';
