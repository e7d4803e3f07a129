// Which positions does a caller want to see in an answer?
import { type Position, parsePosition } from '../store/index.ts';

/** A place in a service's log: what an answer must not be older than. */
export interface After {
  readonly service: string;
  readonly position: Position;
}

const LENGTH_MAX = 512;
const PLACES_MAX = 8;
const PLACE = /^([a-z][\w-]{0,63})=(\d{1,6}\.\d{1,16})$/i;

/**
 * `orders=000001.0000000000000042`, as replies carry it; several of them with commas between, at
 * most 8. Undefined for anything else.
 */
export function parseAfter(text: string): readonly After[] | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  const places = text.split(',').map((one) => PLACE.exec(one.trim()));
  if (places.length > PLACES_MAX || places.includes(null)) return undefined;
  return places.map((found) => ({ service: found![1]!, position: parsePosition(found![2]!) }));
}
