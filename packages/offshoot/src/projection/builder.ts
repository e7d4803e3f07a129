// How is a copy of the rows made from whole logs, fast, and without starving anybody?
import { upcast } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import type { EventHandler, Feed, Incoming } from '../messaging/index.ts';
import { KeyMissing, type Sealer } from '../security/index.ts';
import type { Fact, Need, Stamp, UnitContext } from '../store/index.ts';
import { overlay } from './overlay.ts';
import { type Build, buildName } from './place.ts';
import { type Projection, subscriptionOf } from './projection.ts';
import { rowScope } from './scope.ts';
import { type Source, source } from './source.ts';

export interface BuilderContext extends UnitContext {
  readonly sealer: Sealer;
  feed(service: string): Feed;
  stamp(about: string): Stamp;
  /** Throws when the build is to end now. */
  check(): void;
}

export interface Builder {
  /**
   * Applies every event up to the heads that the logs have at the call, and resolves when it is
   * durable. Goes on where the durable rows are. Rejects with what a handler or a feed threw;
   * what is durable by then stays.
   */
  catchUp(): Promise<void>;
  /** Events applied so far, by this builder. */
  readonly applied: number;
}

/** What one turn does before it lets everybody else have theirs. */
const TURN_MS_MAX = 4;
const TURN_EVENTS_MAX = 500;
/** What one commit holds: more rows while writing them is quick, fewer when it holds others up. */
const COMMIT_ROWS_MIN = 250;
const COMMIT_ROWS_MAX = 5_000;
const COMMIT_EVENTS_MAX = 20_000;
const COMMIT_MS_MAX = 25;
const RESTARTS_MAX = 1_000;
/** What every sealed field has: without it there is nothing to open. */
const SEALED = '"enc":';

/** Rows and checkpoint of one build. Nobody else may write them meanwhile. */
export function builder(projection: Projection, build: Build, context: BuilderContext): Builder {
  const { store, runtime, keyring, sealer } = context;
  const name = buildName(projection.name, build);
  const scope = rowScope(projection, build.slot);
  const sources = projection.sources.map((service) =>
    source(subscriptionOf(projection, name, service), context.feed(service), context),
  );
  let basis = store.failures;
  let uncommitted = 0;
  let rowsMax = COMMIT_ROWS_MIN;
  let applied = 0;
  let staged: Promise<unknown>[] = [];

  const rows = overlay(store, () => stage());

  /** Stages rows and checkpoint; durable with the next flush. Throws KeyMissing or CONFLICT. */
  const stage = (): void => {
    const began = runtime.monotonic();
    const documents = [...rows.take(), ...sources.flatMap((one) => one.checkpoint())];
    const change = { appends: [], documents, stamp: context.stamp(name) };
    const flushed = store.stage(change, basis);
    flushed.catch(() => {}); // whoever commits waits for it, and sees it
    staged.push(flushed);
    uncommitted = 0;
    const isQuick = runtime.monotonic() - began < COMMIT_MS_MAX;
    if (isQuick) rowsMax = Math.min(rowsMax * 2, COMMIT_ROWS_MAX);
    else rowsMax = Math.max(Math.floor(rowsMax / 2), COMMIT_ROWS_MIN);
  };

  const commit = async (): Promise<void> => {
    if (uncommitted > 0 || rows.dirty > 0) stage();
    const flights = staged;
    staged = [];
    await Promise.all(flights);
  };

  const seen = (fact: Fact, { event }: EventHandler, service: string): Incoming<unknown> => {
    const { id, key, at, epoch, seq, correlation: correlationId, schema } = fact;
    const sealed: unknown = JSON.parse(fact.data);
    const data = fact.data.includes(SEALED) ? sealer.open(sealed, id) : sealed;
    const position = { epoch, seq };
    const now = schema === event.version ? data : upcast(event, schema, data);
    return { id, type: event.type, service, key, at, position, correlationId, data: now };
  };

  const applyOne = (fact: Fact, handler: EventHandler, service: string): void | Promise<void> => {
    const { load, decide } = handler.handling;
    const event = seen(fact, handler, service);
    const end = (loaded: any): void => {
      const unit = decide({ event, prepared: undefined, loaded, at: event.at, id: event.id });
      if (!unit) return;
      const { appends = [], documents = [] } = unit;
      rows.put(scope.documents({ appends, documents }));
    };
    const needs = load?.({ event, prepared: undefined }) as Record<string, Need<any>> | undefined;
    if (!needs) return end({});
    const loaded: Record<string, unknown> = {};
    const late: Promise<void>[] = [];
    for (const what in needs) {
      const value = rows.load(scope.need(needs[what]!));
      if (value instanceof Promise)
        late.push(
          value.then((found) => {
            loaded[what] = found;
          }),
        );
      else loaded[what] = value;
    }
    return late.length > 0 ? Promise.all(late).then(() => end(loaded)) : end(loaded);
  };

  /** The source whose next event is the oldest; none when one of them must be read first. */
  const oldest = (): Source | undefined => {
    let found: Source | undefined;
    let at = Number.POSITIVE_INFINITY;
    for (const one of sources) {
      const fact = one.peek();
      if (!fact && !one.isDone) return undefined;
      if (fact && fact.at < at) {
        found = one;
        at = fact.at;
      }
    }
    return found;
  };

  /** Applies events for one turn. */
  const work = async (): Promise<void> => {
    const end = runtime.monotonic() + TURN_MS_MAX;
    for (let count = 0; count < TURN_EVENTS_MAX; count += 1) {
      const from = oldest();
      if (!from) return;
      const fact = from.peek()!;
      const handler = from.handler(fact);
      const running = handler && applyOne(fact, handler, from.service);
      if (running) await running;
      from.pass();
      uncommitted += 1;
      applied += 1;
      if (count % 16 === 15 && runtime.monotonic() > end) return;
    }
  };

  const run = async (): Promise<void> => {
    for (;;) {
      context.check();
      for (const one of sources) await one.refill();
      await work();
      if (rows.dirty >= rowsMax || uncommitted >= COMMIT_EVENTS_MAX) await commit();
      if (sources.every((one) => one.isDone)) break;
      await new Promise<void>((resolve) => runtime.endOfTurn(resolve));
    }
    uncommitted = Math.max(uncommitted, 1); // the checkpoint also moves over what is left alone
    await commit();
  };

  const start = async (): Promise<void> => {
    await Promise.allSettled(staged);
    staged = [];
    rows.forget();
    uncommitted = 0;
    basis = store.failures;
    for (const one of sources) await one.recall();
  };

  return {
    get applied() {
      return applied;
    },
    async catchUp() {
      for (const one of sources) await one.aim();
      await start();
      for (let restarts = 0; ; restarts += 1) {
        try {
          return await run();
        } catch (error) {
          if (restarts >= RESTARTS_MAX) throw error;
          if (error instanceof KeyMissing) await keyring.ensure([error.subject]);
          else if (!(error instanceof OffshootError && error.code === 'CONFLICT')) throw error;
          await start(); // a flush failed, or a key was made: again from what is durable
        }
      }
    },
  };
}
