// How does a service do what its contract says: prepare, load, decide?
import type {
  Command,
  Operation,
  ParsedFor,
  Query,
  RefusalFor,
  Refused,
  ReplyFor,
} from '../contract/index.ts';
import type { Principal } from '../security/index.ts';
import type { Loaded, Needs, Reach, UnitOfWork } from '../store/index.ts';

/** What every stage of a handler is given. */
export interface Given<Op> {
  readonly input: ParsedFor<Op>;
  readonly principal: Principal;
  /** A UUIDv7 drawn once for this call: the id of whatever it creates. */
  readonly id: string;
  /** When the call arrived, milliseconds since 1970. */
  readonly at: number;
}

type Prepare<Op, P> = (given: Given<Op>, reach: Reach) => Promise<P | RefusalFor<Op>>;

/** Without the refusals that `prepare` may return: those end the call. */
type Prepared<P> = Exclude<P, Refused<any, any>>;

/** A refusal that leaves a trace: its unit is committed together with the refused reply. */
export type Recorded<R extends Refused> = R & { readonly unit: Omit<UnitOfWork, 'reply'> };

/** Refuses and records why: `recorded(refuse('OUT_OF_STOCK', data), { appends: […] })`. */
export function recorded<R extends Refused>(
  refused: R,
  unit: Omit<UnitOfWork, 'reply'>,
): Recorded<R> {
  return { ...refused, unit };
}

export interface CommandHandling<Op, P, N extends Needs> {
  /** Asks others, outside ports and slow things. May run again; its reads may be stale. */
  readonly prepare?: Prepare<Op, P>;
  /** Names what of the service's own store `decide` needs. */
  readonly load?: (given: Given<Op> & { readonly prepared: Prepared<P> }) => N;
  /** Synchronous and pure: the unit of work, or a refusal (`recorded`, if it leaves a trace). */
  readonly decide: (
    given: Given<Op> & { readonly prepared: Prepared<P>; readonly loaded: Loaded<N> },
  ) => UnitOfWork<ReplyFor<Op>> | RefusalFor<Op>;
}

export interface QueryHandling<Op, P, N extends Needs> {
  readonly prepare?: Prepare<Op, P>;
  readonly load?: (given: Given<Op> & { readonly prepared: Prepared<P> }) => N;
  /** Synchronous and pure: the answer, or a refusal. */
  readonly answer: (
    given: Given<Op> & { readonly prepared: Prepared<P>; readonly loaded: Loaded<N> },
  ) => ReplyFor<Op> | RefusalFor<Op>;
}

export interface CommandHandler {
  readonly kind: 'command';
  readonly operation: Operation<any, any, any, any>;
  readonly handling: CommandHandling<any, any, any>;
}
export interface QueryHandler {
  readonly kind: 'query';
  readonly operation: Operation<any, any, any, any>;
  readonly handling: QueryHandling<any, any, any>;
}
export type Handler = CommandHandler | QueryHandler;

/** Handles a command: `commandHandler(orders.place, { prepare, load, decide })`. */
export function commandHandler<
  Op extends Command<any, any, any>,
  P = undefined,
  N extends Needs = {},
>(operation: Op, handling: CommandHandling<Op, P, N>): CommandHandler {
  return { kind: 'command', operation, handling };
}

/** Handles a query: `queryHandler(orders.get, { load, answer })`. */
export function queryHandler<Op extends Query<any, any, any>, P = undefined, N extends Needs = {}>(
  operation: Op,
  handling: QueryHandling<Op, P, N>,
): QueryHandler {
  return { kind: 'query', operation, handling };
}
