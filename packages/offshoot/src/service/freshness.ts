// Is what a query reads as new as its caller has seen already, or can it be so in time?
import type { Consumer, Feed } from '../messaging/index.ts';
import { type Projection, type ProjectionEngine, projectionsIn } from '../projection/index.ts';
import { type After, parseAfter } from '../rpc/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { isAfter, type Needs, type Position, type Store } from '../store/index.ts';

/** What a call wants its answer to contain, and who is to know when it may not. */
export interface Wish {
  /** `<service>=<epoch>.<seq>`, several with commas between. */
  readonly text: string;
  missed(): void;
}

export interface Freshness {
  /**
   * Waits until what is read for `needs` contains what is wished for, as long as there is time
   * left to answer; `missed` is called when it may not: the answer is marked, and never an error.
   * A projection is waited for if the needs touch its rows; other documents are as new as every
   * subscription to that service.
   */
  wait(wish: Wish, needs: Needs, remainingMs: number): Promise<void>;
}

export interface FreshnessContext {
  readonly service: string;
  readonly runtime: Runtime;
  /** The service's own store. */
  readonly store: Store;
  readonly projections: readonly Projection[];
  reached: ProjectionEngine['reached'];
  /** The consumers of its subscriptions. */
  subscribed(): readonly Consumer[];
  feed(service: string): Feed;
  /** A replica does not know how far the projections of the holder are. */
  readonly sharing?: 'holder' | 'replica';
}

/** Kept back of the caller's time for the answer itself. */
const RESERVE_MS_MAX = 250;
const LOOK_MS_MAX = 25;

export function freshness(context: FreshnessContext): Freshness {
  const { service, runtime, store, projections } = context;

  /** Where those stand that bring events of `from` to what was touched. */
  const places = (from: string, touched: readonly string[]): readonly Position[] => {
    if (touched.length === 0)
      return context
        .subscribed()
        .filter(({ source }) => source === from)
        .map(({ reached }) => reached);
    return touched.flatMap((name) => context.reached(name, from) ?? []);
  };

  /** Whether that position exists: one that was made up is not worth waiting for. */
  const exists = async ({ service: from, position }: After): Promise<boolean> => {
    try {
      return !isAfter(position, await context.feed(from).head());
    } catch {
      return false; // no such service, or out of reach: nothing new comes from there
    }
  };

  const isThere = async (wanted: After, touched: readonly string[], end: number) => {
    const { service: from, position } = wanted;
    const behind = () => places(from, touched).some((one) => isAfter(position, one));
    if (places(from, touched).length === 0)
      return from === service && !isAfter(position, store.head());
    if (!behind()) return true;
    if (!(await exists(wanted))) return false;
    for (let lookMs = 1; behind(); lookMs = Math.min(lookMs * 2, LOOK_MS_MAX)) {
      const leftMs = end - runtime.monotonic();
      if (leftMs <= 0) return false;
      await runtime.sleep(Math.min(lookMs, leftMs));
    }
    return true;
  };

  return {
    async wait(wish, needs, remainingMs) {
      if (Object.keys(needs).length === 0) return; // nothing is read here that could be old
      const wanted = parseAfter(wish.text);
      if (!wanted) return wish.missed();
      const end = runtime.monotonic() + remainingMs - Math.min(RESERVE_MS_MAX, remainingMs / 4);
      const touched = await projectionsIn(needs, store, projections);
      if (context.sharing === 'replica' && touched.length > 0) return wish.missed();
      for (const one of wanted) if (!(await isThere(one, touched, end))) wish.missed();
    },
  };
}
