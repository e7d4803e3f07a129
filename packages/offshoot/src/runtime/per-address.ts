// Who holds more connections than one caller needs?
import { networkOf } from './network-of.ts';

export interface PerAddress {
  /** Whether one more may come from there. Who got in must `leave`, once. */
  enter(address: string): boolean;
  leave(address: string): void;
  /** Addresses that hold some. */
  readonly size: number;
}

/**
 * At most `max` at once from an IPv4 address or an IPv6 /64, so that one stranger cannot hold all
 * the places there are. Remembers only who is there.
 */
export function perAddress(max: number): PerAddress {
  const held = new Map<string, number>();
  return {
    enter(address) {
      const from = networkOf(address);
      const count = held.get(from) ?? 0;
      if (count >= max) return false;
      held.set(from, count + 1);
      return true;
    },
    leave(address) {
      const from = networkOf(address);
      const count = held.get(from) ?? 0;
      if (count <= 1) held.delete(from);
      else held.set(from, count - 1);
    },
    get size() {
      return held.size;
    },
  };
}
