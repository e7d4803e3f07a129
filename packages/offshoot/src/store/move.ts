// How does a store move to another database while its service goes on?
import { asOffshootError, OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { MoveMark, RowName, RowSource, RowTarget } from './rows.ts';
import type { Store } from './store.ts';
import type { Switchable, Watch } from './switchable.ts';

/** Where a move is. Each is reached once, but for `catching up`, `held` and `sealed`. */
export type MovePoint =
  | 'copying'
  | 'catching up'
  /** Units wait. */
  | 'held'
  /** The source takes no commit any more. */
  | 'sealed'
  /** Both have the same rows. */
  | 'equal'
  /** The target is the store, whatever happens now. */
  | 'complete'
  /** Units go on, on the target. */
  | 'switched';

export interface MoveFigures {
  readonly entries: number;
  readonly documents: number;
  /** How much there was to copy when it began. */
  readonly entriesOf: number;
  readonly documentsOf: number;
  /** Passes over what was written meanwhile. */
  readonly rounds: number;
  /** Milliseconds that units waited; 0 before. */
  readonly heldMs: number;
}

export interface MoveOptions {
  readonly runtime: Runtime;
  readonly of: Switchable;
  readonly source: RowSource;
  readonly target: RowTarget;
  readonly mark: MoveMark;
  /** Ends the move as long as it is not complete: the source goes on as if nothing had been. */
  readonly signal: AbortSignal;
  /**
   * Whether the target has become the store, asked until it is known, when `complete` could not say.
   * When it has not, it never will.
   */
  readonly isComplete: () => Promise<boolean>;
  /** The target is the store: remembers that, and opens it. Called until it succeeds. */
  readonly open: () => Promise<Store>;
  readonly reached?: (point: MovePoint, figures: MoveFigures) => void;
  /** Told why something that must succeed is tried again. */
  readonly troubled?: (error: unknown) => void;
}

const PAGE = 500;
/** So few rows are left to copy that units may wait for it. */
const FEW = 200;
/** Or so few, when the next round would not have fewer: a busy service writes while it is copied. */
const ENOUGH = 5_000;
const SHRINKS = 0.7;
const ROUNDS_MAX = 100;
const HOLDS_MAX = 5;
/** How long units may be made to wait, for as long as there is a way back. */
const HOLD_MS_MAX = 2_000;
/** After it who waits is refused: the target is complete, and cannot be opened. */
const REFUSE_MS = 5_000;
const AGAIN_MS = 500;
/** Where counting takes longer, documents are not counted while units wait. */
const COUNT_MS_MAX = 250;
/** Of the time that a page took, how much is left to others before the next. */
const REST = 0.5;

type Counting = { -readonly [N in keyof MoveFigures]: MoveFigures[N] };

/**
 * Copies the log and the documents, then again and again what was written meanwhile, until little is
 * left; then lets units wait, seals the source, copies the rest and switches. Whatever goes wrong before
 * the target is complete leaves the source serving; a crash at any moment leaves exactly one of the two
 * that can be opened for writing, or, between `sealed` and `complete`, none until somebody asks the target.
 * @throws what source and target throw; the reason of `signal`; OVERLOADED when more is written than can
 * be copied, or the last of it takes too long.
 */
export async function moveStore(options: MoveOptions): Promise<MoveFigures> {
  const { runtime, of, source, reached = () => {} } = options;
  const asked = runtime.monotonic();
  const { entries: entriesOf, documents: documentsOf } = await source.facts();
  const isCounted = runtime.monotonic() - asked < COUNT_MS_MAX;
  const figures: Counting = {
    ...{ entries: 0, documents: 0, entriesOf, documentsOf, rounds: 0, heldMs: 0 },
  };
  const watch = of.watch();
  await of.inner.settled().catch(() => {}); // staged before, it would be neither noted nor read
  const copy = copier(options, watch, figures);
  try {
    reached('copying', figures);
    await copy.everything();
    for (let holds = 1; ; holds += 1) {
      await copy.catchUp();
      if (await switched({ ...options, isCounted }, copy, figures)) return figures;
      if (holds === HOLDS_MAX) throw tooBusy();
    }
  } finally {
    watch.stop();
  }
}

const tooBusy = () =>
  new OffshootError(
    'OVERLOADED',
    'more is written than can be copied: move when there is less to do; nothing has changed',
  );

interface Copier {
  everything(): Promise<void>;
  /** Until what is left is little. */
  catchUp(): Promise<void>;
  /** What was written since. Returns how many rows. */
  round(): Promise<number>;
}

function copier(options: MoveOptions, watch: Watch, figures: Counting): Copier {
  const { runtime, source, target, signal, reached = () => {} } = options;
  let last = 0;
  /** The first copy has time; what is written meanwhile is run after. */
  let isUrgent = false;

  /** One page, and then a rest that leaves the thread to others. */
  const paced = async (page: () => Promise<number>): Promise<number> => {
    signal.throwIfAborted();
    const began = runtime.monotonic();
    const rows = await page();
    if (!isUrgent) await runtime.sleep((runtime.monotonic() - began) * REST);
    return rows;
  };

  const entries = async (): Promise<number> => {
    let copied = 0;
    for (let rows = PAGE; rows === PAGE; copied += rows)
      rows = await paced(async () => {
        const page = await source.entries(last, PAGE);
        if (page.length > 0) await target.write({ entries: page });
        last = page.at(-1)?.seq ?? last;
        figures.entries = last;
        return page.length;
      });
    return copied;
  };

  const documents = async (): Promise<void> => {
    let after: RowName | undefined;
    for (let rows = PAGE; rows === PAGE; )
      rows = await paced(async () => {
        const page = await source.documents(after, PAGE);
        if (page.length > 0) await target.write({ documents: page });
        after = page.at(-1);
        figures.documents += page.length;
        return page.length;
      });
  };

  const changed = async (names: readonly RowName[]): Promise<void> => {
    for (let from = 0; from < names.length; from += PAGE)
      await paced(async () => {
        const some = names.slice(from, from + PAGE);
        const found = await source.named(some);
        const there = new Set(found.map(({ collection, id }) => `${collection}\0${id}`));
        const removed = some.filter(({ collection, id }) => !there.has(`${collection}\0${id}`));
        await target.write({ documents: found, removed });
        return some.length;
      });
  };

  const round = async (): Promise<number> => {
    const names = await watch.take();
    await changed(names);
    figures.rounds += 1;
    return names.length + (await entries());
  };

  return {
    async everything() {
      await entries();
      await documents();
    },
    async catchUp() {
      reached('catching up', figures);
      isUrgent = true;
      for (let rounds = 1, before = Infinity; ; rounds += 1) {
        const rows = await round();
        if (rows <= FEW || (rows <= ENOUGH && rows > before * SHRINKS)) return;
        if (rounds === ROUNDS_MAX) throw tooBusy();
        before = rows;
      }
    },
    round,
  };
}

type Switching = MoveOptions & { readonly isCounted: boolean };

/** Lets units wait and switches. False when it took too long: the source goes on. */
async function switched(options: Switching, copy: Copier, figures: Counting): Promise<boolean> {
  const { runtime, of, source, mark, reached = () => {} } = options;
  const before = of.inner;
  const began = runtime.monotonic();
  const hold = of.hold(REFUSE_MS);
  const goBack = async (): Promise<void> => {
    await untilDone(options, () => source.unseal(mark.id));
    await hold.release();
  };
  try {
    reached('held', figures);
    await before.settled().catch(() => {}); // what a failed flush took back is no part of it
    await source.seal(mark);
    reached('sealed', figures);
    await copy.round();
    await checkEqual(options);
    reached('equal', figures);
    options.signal.throwIfAborted();
  } catch (error) {
    await goBack();
    throw error;
  }
  const isLate = runtime.monotonic() - began > HOLD_MS_MAX;
  if (isLate || !(await completed(options))) {
    await goBack();
    return false;
  }
  reached('complete', figures);
  const next = await untilDone(options, options.open);
  const released = hold.release(next);
  figures.heldMs = Math.round(runtime.monotonic() - began);
  reached('switched', figures);
  await released;
  await before.close().catch(() => {}); // it is nobody's store any more
  return true;
}

async function checkEqual({ source, target, isCounted }: Switching): Promise<void> {
  const [from, to] = await Promise.all([source.facts(isCounted), target.count(isCounted)]);
  if (from.entries === to.entries && from.documents === to.documents) return;
  const counts = (one: typeof to) => `${one.entries} entries and ${one.documents} documents`;
  throw new OffshootError(
    'STORE_CORRUPT',
    `the copy is not equal: ${counts(to)}, not ${counts(from)}; nothing has changed`,
  );
}

async function completed(options: MoveOptions): Promise<boolean> {
  try {
    await options.target.complete();
    return true;
  } catch (error) {
    options.troubled?.(error);
    if (asOffshootError(error).details.outcome !== 'unknown') return false;
    return untilDone(options, options.isComplete);
  }
}

/** Where there is neither back nor forth without it: tried again until it succeeds, or the process ends. */
async function untilDone<T>(
  { runtime, troubled }: MoveOptions,
  task: () => Promise<T>,
): Promise<T> {
  for (;;)
    try {
      return await task();
    } catch (error) {
      troubled?.(error);
      await runtime.sleep(AGAIN_MS);
    }
}
