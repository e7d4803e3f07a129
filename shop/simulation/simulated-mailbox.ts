// How does a mailbox live inside a simulated world?
import type { OutsideAdapter } from 'offshoot/contract';
import { OffshootError } from 'offshoot/error';
import type { World } from 'offshoot/simulation';

/** What arrived under one Message-ID. */
export interface Arrival {
  readonly to: string;
  readonly subject: string;
  /** How often the same mail arrived: SMTP promises at least once. */
  readonly copies: number;
}

export interface SimulatedMailbox {
  readonly adapter: OutsideAdapter;
  /** By Message-ID. */
  arrivals(): ReadonlyMap<string, Arrival>;
}

const SLOW_CHANCE = 0.1;
const SLOW_MS_MAX = 8_000; // beyond the deadline of a call: then it arrives, and nobody knows

interface Mail {
  readonly messageId: string;
  readonly to: { readonly address: string };
  readonly subject: string;
}

/** Takes every mail and remembers it; unlike the real one it forgets nothing in a crash. */
export function simulatedMailbox(world: World): SimulatedMailbox {
  const kept = new Map<string, Arrival>();
  const keep = ({ messageId, to, subject }: Mail): void => {
    world.trace.note('mailbox', messageId);
    const copies = (kept.get(messageId)?.copies ?? 0) + 1;
    kept.set(messageId, { to: to.address, subject, copies });
  };
  return {
    arrivals: () => kept,
    adapter: {
      name: 'simulated-mailbox',
      call(name, input) {
        if (name !== 'send') throw new OffshootError('INTERNAL_ERROR', `mail has no call ${name}`);
        keep(input as Mail);
        const isSlow = world.faults.crashEveryMs > 0 && world.random.chance(SLOW_CHANCE);
        const ms = isSlow ? world.random.next() * SLOW_MS_MAX : world.random.next() * 20;
        return new Promise((resolve) => {
          world.plan(ms, () => resolve({ status: 'accepted' }));
        });
      },
    },
  };
}
