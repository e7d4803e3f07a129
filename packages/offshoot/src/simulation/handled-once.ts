// Does any subscription take an event for new that it has handled? What it marks tells.
import { type Change, isAfter, type Position } from '../store/index.ts';

/** Watches over exactly one effect an event, whatever that effect is: many would hide a second. */
export interface HandledOnce {
  /** Of a unit that a service staged; `durable` resolves when that was flushed. */
  staged(service: string, change: Change, durable: Promise<unknown>): void;
  /** A store was put back to an earlier moment: what it had handled since is new to it. */
  forget(service: string): void;
  /** In words that name the subscription. */
  readonly violations: readonly string[];
}

const INBOX = 'offshoot.inbox';
const VIOLATIONS_MAX = 20;

export function handledOnce(): HandledOnce {
  /** Service, then subscription and key: the last mark that is known to be durable. */
  const known = new Map<string, Map<string, Position>>();
  const violations: string[] = [];
  const of = (service: string): Map<string, Position> => {
    const marks = known.get(service) ?? new Map();
    known.set(service, marks);
    return marks;
  };
  return {
    violations,
    staged(service, { documents }, durable) {
      const marks = of(service);
      for (const { collection, id, data } of documents) {
        if (collection.name !== INBOX || data === undefined) continue;
        const last = data.last as Position;
        const before = marks.get(id);
        const isTwice = before !== undefined && !isAfter(last, before);
        if (isTwice && violations.length < VIOLATIONS_MAX)
          violations.push(`${service} handles ${last.epoch}-${last.seq} of ${id} a second time`);
        // Who never hears that it was flushed may have to do it again.
        durable.then(
          () => known.get(service) === marks && marks.set(id, last),
          () => {},
        );
      }
    },
    forget: (service) => void known.delete(service),
  };
}
