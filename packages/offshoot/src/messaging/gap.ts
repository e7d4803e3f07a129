// Which events of a key lie between what was handled and what came?
import { OffshootError } from '../error/index.ts';
import { isAfter, type Position, parsePosition } from '../store/index.ts';
import type { Envelope } from './envelope.ts';
import type { Feed } from './feed.ts';

const GAP_EVENTS_MAX = 10_000;

/** The events of this key after `handled` and before `event`, oldest first. */
export async function eventsBetween(
  feed: Feed,
  handled: Position,
  event: Envelope,
): Promise<Envelope[]> {
  const found: Envelope[] = [];
  let before = event.previous;
  while (before && isAfter(parsePosition(before), handled)) {
    const gap = await feed.at(parsePosition(before));
    if (!gap || found.length >= GAP_EVENTS_MAX)
      throw new OffshootError('UNAVAILABLE', `${event.source} does not know ${before}`);
    found.unshift(gap);
    before = gap.previous;
  }
  return found;
}
