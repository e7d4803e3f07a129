// Who may act alone for a while, and how is one who slept too long kept from doing harm?
import { OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { collection, put } from './collection.ts';
import { clock, one } from './need.ts';
import { runUnit, type UnitContext } from './run-unit.ts';
import type { Fence, Stamp } from './store.ts';

/** A lease as it is stored. */
export interface LeaseRecord {
  readonly holder: string;
  /** Grows with each new holding, also of the same holder: who has a lower one is too late. */
  readonly fence: number;
  /** By the store's clock, milliseconds since 1970. */
  readonly until: number;
}

export const leases = collection<LeaseRecord>('offshoot.leases');

/** A lease that this process holds. */
export interface Lease extends Fence {
  readonly holder: string;
  /**
   * Whether its holder may still act: until two thirds of the term after it was last asked for, by
   * this process's own clock. The rest of the term is for clocks that run apart.
   */
  readonly isHeld: boolean;
  /** Milliseconds until `isHeld` ends. */
  readonly remainingMs: number;
}

/** Of its term, how much a holder uses. */
const USED = 2 / 3;

/**
 * Takes a lease that is free or has ended by the store's clock, or renews one's own. Undefined when
 * somebody else holds it. A lease is a courtesy; what is safe is the fence: give it with every
 * change made under the lease (`fences`), and a change that comes too late is FENCED.
 */
export async function lease(
  context: UnitContext,
  name: string,
  holder: string,
  termMs: number,
): Promise<Lease | undefined> {
  const { runtime } = context;
  const asked = runtime.monotonic(); // before the store's term begins
  const needs = () => ({ found: one(leases, name), now: clock() });
  const { value: fence } = await runUnit(context, needs, ({ found, now }) => {
    const held = found?.data;
    const isFree = !held || held.until <= now;
    if (!isFree && held.holder !== holder) return { value: undefined };
    // One's own that has ended may have been used by nobody, but nobody can tell: a new fence.
    const next = isFree ? (held?.fence ?? 0) + 1 : held.fence;
    const record = { holder, fence: next, until: now + termMs };
    const documents = [put(leases, name, record, found?.revision ?? 0)];
    return { change: { appends: [], documents, stamp: stampOf(holder, now) }, value: next };
  });
  return fence === undefined ? undefined : held(runtime, { name, fence, holder, asked, termMs });
}

/** Gives a lease back at once. Too late, it changes nothing. */
export async function release(context: UnitContext, { name, fence }: Fence): Promise<void> {
  const needs = () => ({ found: one(leases, name), now: clock() });
  await runUnit(context, needs, ({ found, now }) => {
    if (found?.data.fence !== fence) return { value: 0 };
    // It stays, ended: the next fence must be higher.
    const documents = [put(leases, name, { ...found.data, until: now }, found.revision)];
    const stamp = stampOf(found.data.holder, now);
    return { change: { appends: [], documents, stamp }, value: 0 };
  });
}

function held(
  runtime: Runtime,
  given: Fence & { readonly holder: string; readonly asked: number; readonly termMs: number },
): Lease {
  const { name, fence, holder, asked, termMs } = given;
  const end = asked + termMs * USED;
  return {
    ...{ name, fence, holder },
    get isHeld() {
      return runtime.monotonic() < end;
    },
    get remainingMs() {
      return Math.max(0, end - runtime.monotonic());
    },
  };
}

const stampOf = (holder: string, at: number): Stamp => ({
  ...{ at, actor: `service:${holder}`, tenant: '', traceparent: '' },
  ...{ correlation: 'offshoot.lease', causation: 'offshoot.lease' },
});

/** The refusal of a change whose fence is not the lease's any more. Nothing of it happened. */
export const fencedOff = ({ name, fence }: Fence): OffshootError =>
  new OffshootError(
    'FENCED',
    `lease ${name} has passed on from fence ${fence}; nothing was written`,
  );
