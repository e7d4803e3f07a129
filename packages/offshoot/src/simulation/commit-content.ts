// What does a commit write? Told by the changes that were staged into it, not by any SQL.
import type { Change } from '../store/index.ts';
import type { CrashPoint } from './crash-points.ts';

const CONTENTS = ['journal', 'inbox', 'floor', 'reply', 'timer'] as const;
type Content = (typeof CONTENTS)[number];

const JOURNAL = 'saga/';
const TIMERS = 'offshoot.timers';
const COLLECTIONS: Readonly<Record<string, Content>> = {
  'offshoot.inbox': 'inbox',
  'offshoot.floors': 'floor',
  'offshoot.person_replies': 'reply',
  'offshoot.service_replies': 'reply',
};

const bitOf = (content: Content): number => 1 << CONTENTS.indexOf(content);

/** A set of contents, one bit each; 0 = none that has a crash point of its own. */
export function contentsOf({ appends, documents }: Pick<Change, 'appends' | 'documents'>): number {
  let contents = appends.some(({ stream }) => stream.startsWith(JOURNAL)) ? bitOf('journal') : 0;
  for (const { collection, data } of documents) {
    const content = COLLECTIONS[collection.name];
    // An inbox mark goes when a floor covers it: that commit is about the floor.
    if (content && data !== undefined) contents |= bitOf(content);
    // A timer is about the commit in which it fires: one that is set is a document like others.
    if (collection.name === TIMERS && data === undefined) contents |= bitOf('timer');
  }
  return contents;
}

const pointsOf = (when: 'before' | 'after') =>
  Array.from({ length: 1 << CONTENTS.length }, (_, set): readonly CrashPoint[] => [
    `${when}-commit`,
    ...CONTENTS.filter((_one, bit) => set & (1 << bit)).map(
      (content) => `${when}-${content}` as const,
    ),
  ]);

/** The crash points around a commit of these contents. */
export const BEFORE_COMMIT = pointsOf('before');
export const AFTER_COMMIT = pointsOf('after');
