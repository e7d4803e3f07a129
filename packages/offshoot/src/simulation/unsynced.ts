// Which commits does a machine's crash take back, where a database did not sync each of them?
import type { Database, SqlValue } from '../runtime/index.ts';
import type { Random } from './random.ts';

/**
 * With `synchronous = FULL` a COMMIT that returned is on the disk, and nothing is kept here. With
 * less, the statements of every group are kept, so that the database can be rebuilt from those
 * groups that had been synced.
 */
export interface History {
  /** `isOpen` = it is part of a transaction; else it is a group of its own. */
  executed(sql: string, isOpen: boolean): void;
  ran(sql: string, values: readonly SqlValue[], isOpen: boolean): void;
  committed(): void;
  /** What is gone, if anything can be; `rebuilt` makes the database of what is left. */
  lost(random: Random): { readonly groups: number; rebuilt(empty: Database): void } | undefined;
}

type Step = readonly [sql: string, values?: readonly SqlValue[]];

const SETTING = /\bsynchronous\s*=\s*(\w+)/i;
const SYNCED = new Set(['2', '3', 'FULL', 'EXTRA']);
/** Groups between two syncs by themselves, as checkpoints make them. */
const UNSYNCED_MAX = 20;
const CONTROL = /^(BEGIN|COMMIT|ROLLBACK|END)\b/i;

export function history(): History {
  let groups: Step[][] | undefined;
  let open: Step[] = [];
  const add = (step: Step, isOpen: boolean): void => {
    if (isOpen) open.push(step);
    else groups?.push([step]);
  };
  return {
    executed(sql, isOpen) {
      if (sql === 'BEGIN IMMEDIATE') return; // what most of them are
      const level = SETTING.exec(sql)?.[1]?.toUpperCase();
      if (level !== undefined && !SYNCED.has(level)) groups ??= [];
      if (/^ROLLBACK/i.test(sql)) open = [];
      else if (groups && !CONTROL.test(sql)) add([sql], isOpen);
    },
    ran(sql, values, isOpen) {
      if (groups) add([sql, values], isOpen);
    },
    committed() {
      if (!groups) return;
      groups.push(open);
      open = [];
    },
    lost(random) {
      if (!groups) return undefined;
      const count = random.below(Math.min(groups.length, UNSYNCED_MAX) + 1);
      groups.splice(groups.length - count);
      open = [];
      const kept = groups.flat();
      return {
        groups: count,
        rebuilt(empty) {
          for (const [sql, values] of kept)
            if (values) empty.prepare(sql).run(...values);
            else empty.exec(sql);
        },
      };
    },
  };
}
