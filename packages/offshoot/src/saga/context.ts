// What does the saga engine need from the service that owns it?
import type { Operation } from '../contract/index.ts';
import type { Change, Needs, Stamp, UnitContext, UnitOfWork } from '../store/index.ts';
import type { Logger } from '../telemetry/index.ts';
import type { Outcome } from './journal.ts';
import type { Ownership } from './ownership.ts';

export interface StepCall {
  readonly operation: Operation<any, any, any, any>;
  readonly input: unknown;
  readonly key: string;
  readonly correlation: string;
  readonly causation: string;
  readonly traceparent: string;
}

/** What joins the commit of a command that a saga runs on its own service. */
export interface Also {
  readonly needs: () => Needs;
  /** `stamp` is the command's: what joins its commit happened when it happened. */
  readonly change: (outcome: Outcome, loaded: any, stamp: Stamp) => Change;
}

export interface SagaContext extends UnitContext {
  readonly service: string;
  readonly logger: Logger;
  /** Which sagas this replica carries. @default all of them */
  readonly ownership?: Ownership;
  stamp(cause: {
    readonly correlation: string;
    readonly causation: string;
    readonly traceparent: string;
    readonly actor?: string;
  }): Stamp;
  /** A unit's timers as the documents that they are; an ending starts and signals no sagas. */
  lower(unit: Omit<UnitOfWork, 'reply'>, stamp: Stamp): Change;
  /** Calls an operation of any service. Never throws. */
  call(step: StepCall): Promise<Outcome>;
  /**
   * Runs a command of this very service so that what `also` makes of its outcome is in the same
   * commit. `undefined` = it had been done before: nothing was committed now.
   */
  local(step: StepCall, also: Also): Promise<Outcome | undefined>;
}
