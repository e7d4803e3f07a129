// Which of the mutants does a commit have to find in CI?
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';

/** The hash of the commit that is checked out; a text of its own where there is none. */
export function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'no commit';
  }
}

/** `count` of them: the same for a commit, others for the next. */
export function drawn<T extends { readonly name: string }>(
  given: readonly T[],
  count: number,
  by: string,
): T[] {
  const lot = ({ name }: T) => createHash('sha256').update(`${by} ${name}`).digest('hex');
  const lots = given.map((one) => ({ one, lot: lot(one) }));
  const chosen = lots.sort((a, b) => (a.lot < b.lot ? -1 : 1)).slice(0, count);
  return chosen.map(({ one }) => one);
}
