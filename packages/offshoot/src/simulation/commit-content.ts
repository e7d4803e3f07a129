// What does a commit write? Told by looking at the statements, not by asking the product.
import type { SqlValue } from '../runtime/index.ts';
import type { CrashPoint } from './crash-points.ts';

const CONTENTS = ['journal', 'inbox', 'floor', 'reply', 'timer'] as const;
type Content = (typeof CONTENTS)[number];

const COLLECTIONS: Readonly<Record<string, Content>> = {
  'offshoot.inbox': 'inbox',
  'offshoot.floors': 'floor',
  'offshoot.timers': 'timer',
};

function contentOf(value: SqlValue): Content | undefined {
  if (typeof value !== 'string') return undefined;
  if (value.startsWith('saga/')) return 'journal';
  if (!value.startsWith('offshoot.')) return undefined;
  return value.endsWith('_replies') ? 'reply' : COLLECTIONS[value];
}

/** How a statement that writes shows what it is about: which of its values to look at. */
export type Sign = 'log' | 'document' | 'removal' | 'other';

export function signOf(sql: string): Sign {
  if (/^\s*INSERT INTO log\b/i.test(sql)) return 'log';
  if (/^\s*DELETE FROM documents\b/i.test(sql)) return 'removal';
  return /^\s*(INSERT INTO|UPDATE) documents\b/i.test(sql) ? 'document' : 'other';
}

/** A set of contents, one bit each; 0 = none that has a crash point of its own. */
export function contentsOf(sign: Sign, values: readonly SqlValue[]): number {
  if (sign === 'other') return 0;
  const shown = sign === 'log' ? values.slice(0, 8) : values.slice(0, 1);
  for (const value of shown) {
    const content = contentOf(value);
    // A timer is about the commit in which it fires: one that is set is a document like others.
    if (content === 'timer' && sign !== 'removal') return 0;
    if (content) return 1 << CONTENTS.indexOf(content);
  }
  return 0;
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
