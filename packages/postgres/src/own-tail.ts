// What has this process just committed, so that who follows the log need not read it back?
import type { Entry } from 'offshoot/store';
import { entrySum, logTail, type Stored } from 'offshoot/store/sqlite';
import type { Staged } from './staged-unit.ts';

export interface OwnTail {
  /**
   * A group is durable, its first entry right after `head`. `places`: of its public entries in
   * their order, `version:epoch:seq` with the place of the entry before of the same key, if any.
   */
  committed(units: readonly Staged[], head: number, places: readonly string[]): void;
  /** See `LogTail`; also undefined when others have committed what is asked for. */
  page(after: number, upto: number, limit: number): Entry[] | undefined;
}

type Crc32 = (text: string) => number;
type Place = Pick<Entry, 'epoch' | 'seq' | 'version' | 'previous'>;

function placeOf(told: string, epoch: number, seq: number): Place {
  const [version, before, at] = told.split(':');
  const previous = at ? { previous: { epoch: Number(before), seq: Number(at) } } : {};
  return { epoch, seq, version: Number(version), ...previous };
}

/** The public entries of these units, as their rows are; `told` has a place for each. */
function* written(
  units: readonly Staged[],
  head: number,
  epoch: number,
  told: readonly string[],
): Generator<Stored> {
  let seq = head;
  let nth = 0;
  for (const { unit, change, events } of units) {
    const { correlation, causation, actor, tenant, traceparent } = change.stamp;
    const meta = JSON.stringify({ traceparent });
    for (const event of events) {
      seq += 1;
      if (!event.public) continue;
      const { text: data, subject, ...what } = event;
      const whose = subject === undefined ? {} : { subject };
      const place = placeOf(told[nth]!, epoch, seq);
      yield {
        ...place,
        unit,
        ...what,
        correlation,
        causation,
        actor,
        tenant,
        ...whose,
        data,
        meta,
      };
      nth += 1;
    }
  }
}

/** Begins at the log's head as it was when the store was opened, and again wherever it is not whole. */
export function ownTail(epoch: number, opened: number, crc32: Crc32): OwnTail {
  let tail = logTail(opened);
  let reached = opened; // of what is above, nothing is known here
  return {
    committed(units, head, places) {
      const events = units.flatMap((one) => one.events);
      const isTold = events.filter((one) => one.public).length === places.length;
      const upto = head + events.length;
      if (!isTold || head !== reached) tail = logTail(isTold ? head : upto);
      reached = upto;
      if (!isTold) return;
      tail.flushing();
      for (const entry of written(units, head, epoch, places))
        tail.push({ ...entry, sum: entrySum(crc32, entry) });
    },
    page: (after, upto, limit) => (upto > reached ? undefined : tail.page(after, upto, limit)),
  };
}
