// How does one store of a running host move, and how is it followed and ended?
import { asOffshootError, OffshootError } from '../error/index.ts';
import {
  type MoveFigures,
  type MovePoint,
  moveStore,
  type RowFacts,
  type RowSource,
  type Switchable,
} from '../store/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { type Placement, shown } from './placements.ts';
import { type Home, placeIn, type StoreHomes } from './store-homes.ts';
import type { StoreMoves, StorePlace } from './topology.ts';

export interface MoveState {
  readonly id: string;
  readonly service: string;
  /** Where it comes from and goes to, without passwords. */
  readonly from: string;
  readonly to: string;
  readonly state: 'starting' | MovePoint | 'moved' | 'failed' | 'cancelled';
  readonly figures?: MoveFigures;
  readonly error?: { readonly code: string; readonly message: string };
  /** Where the file that was left is now. */
  readonly aside?: string;
}

export interface MovePlan extends Pick<RowFacts, 'entries' | 'documents'> {
  readonly service: string;
  readonly from: string;
  readonly to: string;
}

export interface StoreMoverOptions {
  readonly homes: StoreHomes;
  readonly place: StorePlace;
  readonly of: Switchable;
  readonly logger: Logger;
  /** Told of each point when it is reached. */
  readonly reached?: (service: string, point: MovePoint | 'placed' | 'moved') => void;
}

export interface StoreMover {
  /** What a move would do. @throws why it cannot be. */
  plan(address: string): Promise<MovePlan>;
  /** Begins a move; `state` tells how it goes on. @throws why it cannot be. */
  begin(address: string): Promise<MoveState>;
  readonly state: MoveState | undefined;
  /** Ends it, if it is not complete yet. */
  cancel(): void;
  /** Resolves when no move is under way. */
  idle(): Promise<void>;
}

interface Way {
  readonly from: Home & { readonly moves: StoreMoves };
  readonly to: Home & { readonly moves: StoreMoves };
  readonly address: string;
}

const ended = new Set<MoveState['state']>(['moved', 'failed', 'cancelled']);

/** One move of one store at a time. */
export function storeMover(options: StoreMoverOptions): StoreMover {
  const { homes, place, of, logger, reached = () => {} } = options;
  const { service, runtime } = place;
  let state: MoveState | undefined;
  let running: Promise<void> = Promise.resolve();
  let over = new AbortController();

  const nameOf = ({ adapter, address }: Home) => shown(address ?? adapter.kind);
  const isRunning = () => state !== undefined && !ended.has(state.state);
  const movable = (home: Home) => {
    const { moves } = home.adapter;
    if (moves) return { ...home, moves };
    throw new OffshootError('BAD_SETTING', `stores of ${home.adapter.kind} do not move`);
  };

  const wayTo = (address: string): Way => {
    const [from, to] = [homes.of(service), homes.at(address)];
    if (isRunning())
      throw new OffshootError('OVERLOADED', `${service} moves to ${state!.to}: wait for its end`);
    if (from.adapter.kind === to.adapter.kind)
      throw new OffshootError(
        'BAD_SETTING',
        `the store of ${service} is in ${nameOf(from)} already: stores move from one kind to another`,
      );
    return { from: movable(from), to: movable(to), address };
  };

  const prepared = async (way: Way) => {
    const source = await way.from.moves.source(placeIn(place, way.from));
    try {
      const facts = await source.facts();
      if (facts.identity !== of.store.identity)
        throw new OffshootError('STORE_MISMATCH', `this is not the store of ${service} that runs`);
      await way.to.moves.check(placeIn(place, way.to), facts.identity);
      return { source, facts };
    } catch (error) {
      await source.close();
      throw error;
    }
  };

  const told = (next: Partial<MoveState>): void => {
    state = { ...state!, ...next };
  };

  const carryOut = async (way: Way, source: RowSource, facts: RowFacts): Promise<void> => {
    const { id, to } = state!;
    const { store } = homes.placements.of(service);
    const before: Placement = store === undefined ? {} : { store };
    const there = placeIn(place, way.to);
    homes.placements.set(service, { ...before, moving: { id, to: way.address } });
    const target = await way.to.moves.target(there, { id, facts }).catch((error: unknown) => {
      homes.placements.set(service, before);
      throw error;
    });
    try {
      await moveStore({
        ...{ runtime, of, source, target, signal: over.signal },
        mark: { id, to, at: runtime.now() },
        isComplete: () => way.to.moves.took(there, id),
        async open() {
          // A file takes its place only now.
          if (!(await way.to.moves.took(there, id)))
            throw new OffshootError('STORE_MISMATCH', `${to} does not know of the move`);
          homes.placements.set(service, { store: way.address });
          reached(service, 'placed');
          return way.to.adapter.open(there);
        },
        reached(point, figures) {
          told({ state: point, figures }); // they go on
          logger.info('move', { service, point, ...figures });
          reached(service, point);
        },
        troubled: (error) => logger.warn('move waits', { service, error: String(error) }),
      });
      await target.close();
    } catch (error) {
      await target.abandon().catch(() => {}); // a later move, or the next start, clears it away
      homes.placements.set(service, before);
      throw error;
    }
  };

  const run = async (way: Way, source: RowSource, facts: RowFacts): Promise<void> => {
    const { id, to } = state!;
    try {
      await carryOut(way, source, facts).finally(() => source.close());
      const aside = await way.from.moves.retire?.(placeIn(place, way.from));
      told({ state: 'moved', ...(aside === undefined ? {} : { aside }) });
      logger.info('moved', { service, to, id });
      reached(service, 'moved');
    } catch (thrown) {
      const { code, message } = asOffshootError(thrown);
      const isCancelled = over.signal.aborted && thrown === over.signal.reason;
      told({ state: isCancelled ? 'cancelled' : 'failed', error: { code, message } });
      logger.warn('not moved', { service, to, id, error: message });
    }
  };

  return {
    async plan(address) {
      const way = wayTo(address);
      const { source, facts } = await prepared(way);
      await source.close();
      const { entries, documents } = facts;
      return { service, from: nameOf(way.from), to: nameOf(way.to), entries, documents };
    },
    async begin(address) {
      const way = wayTo(address);
      const [from, to] = [nameOf(way.from), nameOf(way.to)];
      over = new AbortController();
      const begun: MoveState = { id: runtime.id(), service, from, to, state: 'starting' };
      const earlier = state;
      state = begun; // from now on no other can begin
      try {
        const { source, facts } = await prepared(way);
        running = run(way, source, facts);
      } catch (error) {
        state = earlier;
        throw error;
      }
      return begun;
    },
    get state() {
      return state;
    },
    cancel() {
      if (isRunning())
        over.abort(new OffshootError('UNAVAILABLE', 'the move was cancelled; nothing has changed'));
    },
    idle: () => running,
  };
}
