// Which units of a client has this store taken, so that one that comes again is done once?
import { collection, type DocumentChange, put, remove } from '../collection.ts';
import { clock, ended, one } from '../need.ts';
import type { Store } from '../store.ts';

/** The units of one client that are in the log and the documents of this store. */
export interface ClientRecord {
  /** All up to it were answered, or given up by their sender: none of them is taken any more. */
  readonly floor: number;
  /** Above it, the numbers that were taken: from, to. */
  readonly taken: readonly (readonly [number, number])[];
  /** By the store's clock; each unit moves it. */
  readonly ends: number;
}

export const clients = collection<ClientRecord>('offshoot.clients', { ends: 'ends' });

/** What a store has to know that is served to other processes. */
export const REMOTE_COLLECTIONS = [clients] as const;

/** Much longer than any unit is sent again. */
const KEPT_MS = 86_400_000;
const SWEPT_MAX = 100;

export type Memory = 'new' | 'taken' | 'over';

/** Whether a unit of this number was taken, staged ones included. The store answers in the turn. */
export function recalled(store: Store, client: string, number: number): Memory {
  const { floor, taken } = recordOf(store, client).data;
  if (number <= floor) return 'over';
  return taken.some(([from, to]) => from <= number && number <= to) ? 'taken' : 'new';
}

/** Remembers the unit in its own commit: both are stored or neither. */
export function remembered(
  store: Store,
  client: string,
  { number, floor: heard }: { readonly number: number; readonly floor: number },
): DocumentChange<ClientRecord> {
  const { data, revision } = recordOf(store, client);
  const floor = Math.max(data.floor, heard);
  const taken = data.taken.filter(([, to]) => to > floor);
  const last = taken.at(-1);
  const next =
    last && last[1] + 1 === number
      ? [...taken.slice(0, -1), [last[0], number] as const]
      : [...taken, [number, number] as const];
  const ends = now(store) + KEPT_MS;
  return put(clients, client, { floor, taken: next, ends }, revision);
}

/** Forgets some clients that have been gone for a day. */
export async function forgetGone(store: Store): Promise<void> {
  const gone = read<readonly { id: string; revision: number }[]>(
    store,
    ended(clients, now(store), SWEPT_MAX),
  );
  if (gone.length === 0) return;
  const documents = gone.map(({ id, revision }) => remove(clients, id, revision));
  const self = 'offshoot.remote';
  const stamp = {
    ...{ at: now(store), actor: `service:${self}`, tenant: '', traceparent: '' },
    ...{ correlation: self, causation: self },
  };
  await store.stage({ appends: [], documents, stamp }, store.failures);
}

const NOBODY = { revision: 0, data: { floor: 0, taken: [], ends: 0 } as ClientRecord };

const recordOf = (store: Store, client: string) =>
  read<typeof NOBODY | undefined>(store, one(clients, client)) ?? NOBODY;

const now = (store: Store): number => read<number>(store, clock());

/** A store that is served answers in the turn: its process holds the file. */
const read = <T>(store: Store, need: Parameters<Store['load']>[0]): T => store.load(need) as T;
