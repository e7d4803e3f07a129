// What is one message that waits after a failure, and which of them failed alike?
import { eventNameOf } from './failure.ts';
import type { Waiting } from './inbox.ts';

/** `behind`: not tried, because an earlier message of its key failed. */
export type DeadLetterState = 'parked' | 'retrying' | 'behind';

/** A message that waits, without what it says. */
export interface DeadLetter {
  /** The event's id. */
  readonly message: string;
  readonly subscription: string;
  /** `<noun>.<event>.v<N>` */
  readonly type: string;
  readonly key: string;
  readonly state: DeadLetterState;
  readonly attempts: number;
  readonly fingerprint: string;
  /** Code and message of the last failure; '' for one behind. */
  readonly reason: string;
  /** When it came here, and when it was last tried; milliseconds since 1970. */
  readonly since: number;
  readonly triedAt: number;
  readonly correlation: string;
}

/** All messages of a subscription that failed alike. */
export interface FailureGroup {
  readonly fingerprint: string;
  readonly subscription: string;
  /** `<noun>.<event>` */
  readonly event: string;
  readonly messages: number;
  /** Of those, how many wait for a person; the others are still tried by themselves. */
  readonly parked: number;
  /** Messages of the same keys that stand behind. */
  readonly behind: number;
  /** Five of them at most. */
  readonly keys: readonly string[];
  readonly first: number;
  readonly last: number;
  /** The latest, as an example. */
  readonly sample: { readonly message: string; readonly reason: string };
}

/** The messages of one key, in order: only the first can have failed. */
export type Lane = readonly [DeadLetter, ...DeadLetter[]];

const KEYS_SHOWN = 5;

const stateOf = ({ state, attempts }: Waiting): DeadLetterState =>
  state === 'parked' ? 'parked' : attempts > 0 ? 'retrying' : 'behind';

export function letterOf(row: Waiting): DeadLetter {
  const { subscription, event, attempts, fingerprint, reason, since, triedAt } = row;
  const { id: message, type, partitionkey: key, correlationid: correlation } = event;
  const about = { message, subscription, type, key, state: stateOf(row) };
  return { ...about, attempts, fingerprint, reason, since, triedAt, correlation };
}

/** The largest group first. */
export function groupsOf(lanes: Iterable<Lane>): FailureGroup[] {
  const groups = new Map<string, FailureGroup>();
  for (const [head, ...others] of lanes) {
    const { fingerprint } = head;
    if (fingerprint === '') continue; // its first message was discarded; it is tried in a moment
    groups.set(fingerprint, joined(groups.get(fingerprint), head, others.length));
  }
  return [...groups.values()].sort((a, b) => b.messages - a.messages);
}

function joined(group: FailureGroup | undefined, letter: DeadLetter, behind: number): FailureGroup {
  const { fingerprint, subscription, type, key, state, since, triedAt, message, reason } = letter;
  const parked = state === 'parked' ? 1 : 0;
  const sample = { message, reason };
  if (!group) {
    const about = { fingerprint, subscription, event: eventNameOf(type), keys: [key], sample };
    return { ...about, messages: 1, parked, behind, first: since, last: triedAt };
  }
  return {
    ...group,
    messages: group.messages + 1,
    parked: group.parked + parked,
    behind: group.behind + behind,
    keys: group.keys.length < KEYS_SHOWN ? [...group.keys, key] : group.keys,
    first: Math.min(group.first, since),
    last: Math.max(group.last, triedAt),
    sample: triedAt >= group.last ? sample : group.sample,
  };
}
