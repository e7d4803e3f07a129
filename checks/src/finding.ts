// What is a check, and what does it say when a rule is broken?

import type { Tree } from './tree.ts';

/** One broken rule at one place. */
export interface Finding {
  /** Path from the root of the repository, with forward slashes. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly what: string;
  /** What to do next, in the imperative. */
  readonly next: string;
}

/** Reads the tree and returns every place that breaks its rule; it never changes a file. */
export interface Check {
  /** The name that `--only` takes. */
  readonly name: string;
  run(tree: Tree): readonly Finding[];
}

/** Renders a finding as the one line that editors and CI can jump to. */
export function render(check: string, finding: Finding): string {
  return `${finding.file}:${finding.line}: ${check} ${finding.what}, ${finding.next}`;
}

/** Orders findings by place and drops those that say the same about the same line. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const distinct = new Map(findings.map((finding) => [render('', finding), finding]));
  return [...distinct.values()].sort(
    (a, b) => compare(a.file, b.file) || a.line - b.line || compare(a.what, b.what),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
