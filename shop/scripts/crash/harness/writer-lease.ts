// Where anybody may write to a store: how is one process alone its writer, for a while?
import { type Fence, type Lease, lease, type Store, type UnitContext } from 'offshoot/store';
import { altered } from './other-store.ts';
import { LEASE_MS } from './protocol.ts';

const NAME = 'harness.writer';
const LOOK_MS = 50;

/**
 * Waits until the lease is free, keeps it, and puts its fence on every change: once another process
 * has the lease, what this one still wants to write is FENCED.
 */
export async function leasedStore(
  store: Store,
  around: Omit<UnitContext, 'store'>,
  holder: string,
): Promise<Store> {
  const { runtime } = around;
  const take = () => lease({ ...around, store }, NAME, holder, LEASE_MS);
  let held: Lease | undefined;
  while (!held) {
    held = await take();
    if (!held) await runtime.sleep(LOOK_MS);
  }
  let mine: Fence = { name: held.name, fence: held.fence };
  const keep = async (): Promise<void> => {
    for (;;) {
      await runtime.sleep(LEASE_MS / 3);
      try {
        const kept = await take();
        if (!kept) return; // another has it: what is written from now on is FENCED
        mine = { name: kept.name, fence: kept.fence };
      } catch (error) {
        if ((error as { code?: string }).code === 'DRAINING') return;
      }
    }
  };
  void keep();
  return altered(store, (change) => ({ ...change, fences: [...(change.fences ?? []), mine] }));
}
