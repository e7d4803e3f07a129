// How does an operator move the store of a service, follow it, and end it?
import { OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { OperatorVerbs } from './operator-door.ts';
import type { MoveState, StoreMover } from './store-mover.ts';

export interface MoveVerbs {
  readonly verbs: OperatorVerbs;
  /** Ends moves that can still be ended, and waits for the others. */
  stop(): Promise<void>;
}

/** Who began a move has to ask for it: when nobody does for so long, it is cancelled. */
const ASKED_MS_MAX = 30_000;
/** One that cannot be ended any more and does not come to its end is finished by the next start. */
const STOP_MS_MAX = 5_000;

interface Given {
  readonly service: string;
  readonly store?: string;
}

/** `movers`: by service; `why`: the reason when there are none. */
export function moveVerbs(
  movers: ReadonlyMap<string, StoreMover>,
  services: readonly string[],
  { runtime, why }: { readonly runtime: Runtime; readonly why: string },
): MoveVerbs {
  const watched = new Map<string, () => void>();

  const moverOf = ({ service }: Given): StoreMover => {
    const found = movers.get(service);
    if (found) return found;
    if (services.includes(service)) throw new OffshootError('BAD_SETTING', why);
    const names = services.join(', ');
    throw new OffshootError('BAD_SETTING', `no service '${service}' runs here, only ${names}`);
  };
  const addressOf = ({ store }: Given): string => {
    if (typeof store === 'string' && store !== '') return store;
    throw new OffshootError('BAD_SETTING', 'say where the store goes: sqlite, or postgres://…');
  };
  const asked = (service: string, mover: StoreMover): void => {
    watched.get(service)?.();
    watched.set(service, runtime.after(ASKED_MS_MAX, mover.cancel));
  };

  const verbs: OperatorVerbs = {
    'move.plan': (given: Given) => moverOf(given).plan(addressOf(given)),
    async 'move.begin'(given: Given): Promise<MoveState> {
      const mover = moverOf(given);
      const begun = await mover.begin(addressOf(given));
      asked(given.service, mover);
      return begun;
    },
    'move.state'(given: Given): MoveState {
      const mover = moverOf(given);
      asked(given.service, mover);
      if (mover.state) return mover.state;
      throw new OffshootError('BAD_SETTING', `the store of ${given.service} has not been moved`);
    },
    'move.cancel'(given: Given) {
      moverOf(given).cancel();
      return {};
    },
  };

  return {
    verbs,
    async stop() {
      for (const cancel of watched.values()) cancel();
      for (const mover of movers.values()) mover.cancel();
      const over = new AbortController();
      const late = runtime.sleep(STOP_MS_MAX, over.signal).catch(() => {});
      await Promise.race([late, Promise.all([...movers.values()].map((mover) => mover.idle()))]);
      over.abort();
    },
  };
}
