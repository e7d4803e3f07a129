// What would be tried again, and by which handlers, if a person said so?
import { OffshootError } from '../error/index.ts';
import type { Lane } from './dead-letter.ts';
import { eventNameOf } from './failure.ts';
import { handlerFor, type Subscription, wireVersion } from './subscription.ts';

/** Which messages: one, that of a key, or all that failed alike. */
export type Selection =
  | { readonly message: string }
  | { readonly key: string }
  | { readonly fingerprint: string };

export interface Replay {
  readonly subscription: string;
  /** Failed messages that are tried again: the first of each key. */
  readonly messages: number;
  /** Those that follow them, in order, as long as none fails. */
  readonly behind: number;
  /** At most 100 of them. */
  readonly keys: readonly string[];
  readonly handlers: readonly ReplayHandler[];
}

/** What of a replay goes to one handler. */
export interface ReplayHandler {
  /** `<noun>.<event>` */
  readonly event: string;
  /** The version that the handler knows; 0 when nobody handles the event any more. */
  readonly version: number;
  readonly messages: number;
  /** Newer than the handler: they will fail again. */
  readonly unreadable: number;
}

const KEYS_NAMED = 100;

export const named = (selection: Selection): string => {
  if ('fingerprint' in selection) return `the group ${selection.fingerprint}`;
  return 'key' in selection ? `the key ${selection.key}` : `the message ${selection.message}`;
};

/**
 * The lanes that a selection means, none if nothing fits. Throws PRECONDITION_FAILED for a message
 * that is not the first of its key: out of order it would mean something else.
 */
export function selected(lanes: readonly Lane[], selection: Selection): readonly Lane[] {
  if ('fingerprint' in selection)
    return lanes.filter(([head]) => head.fingerprint === selection.fingerprint);
  if ('key' in selection) return lanes.filter(([head]) => head.key === selection.key);
  const { message } = selection;
  const lane = lanes.find((one) => one.some((letter) => letter.message === message));
  if (!lane || lane[0].message === message) return lane ? [lane] : [];
  const { key, message: first } = lane[0];
  const text = `${message} stands behind ${first}, the first of ${key}: replay that, or the key`;
  throw new OffshootError('PRECONDITION_FAILED', text);
}

export function planOf(
  subscription: Pick<Subscription, 'name' | 'handlers'>,
  lanes: readonly Lane[],
): Replay {
  const handlers = new Map<string, ReplayHandler>();
  for (const { type } of lanes.flat()) {
    const event = eventNameOf(type);
    const version = handlerFor(subscription, type)?.event.version ?? 0;
    const { messages = 0, unreadable = 0 } = handlers.get(event) ?? {};
    const isTooNew = wireVersion(type) > version;
    const counts = { messages: messages + 1, unreadable: unreadable + (isTooNew ? 1 : 0) };
    handlers.set(event, { event, version, ...counts });
  }
  return {
    subscription: subscription.name,
    messages: lanes.length,
    behind: lanes.reduce((sum, lane) => sum + lane.length - 1, 0),
    keys: lanes.slice(0, KEYS_NAMED).map(([head]) => head.key),
    handlers: [...handlers.values()],
  };
}
