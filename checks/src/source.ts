// What does one source file say, as a syntax tree with line numbers?

import { type Node, type Program, parseSync, visitorKeys } from 'oxc-parser';

/** A parsed file. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly program: Program;
  /** Why the file could not be parsed; a check must not mistake such a file for a clean one. */
  readonly errors: readonly { readonly message: string; readonly line: number }[];
  lineOf(node: Node): number;
}

/** Parses one file; never throws, see `errors`. */
export function source(file: string, text: string): Source {
  const parsed = parseSync(file, text, {
    preserveParens: false,
    sourceType: /\.c[jt]s$/.test(file) ? 'script' : 'module',
  });
  const lineAt = lineFinder(text);
  return {
    file,
    text,
    program: parsed.program,
    errors: parsed.errors
      .filter((error) => error.severity === 'Error')
      .map(({ message, labels }) => ({ message, line: lineAt(labels[0]?.start ?? 0) })),
    lineOf: (node) => lineAt(node.start),
  };
}

/** Tells whether a path is a file of code. */
export function isCode(file: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(file);
}

/** Tells whether a path is a test, at whatever level (`x.test.ts`, `x.int.test.ts`, `x.e2e.test.ts`). */
export function isTest(file: string): boolean {
  return /\.test\.[cm]?[jt]sx?$/.test(file);
}

/** Lists the direct children of a node, in source order. */
export function children(node: Node): Node[] {
  const fields = node as unknown as Record<string, unknown>;
  return (visitorKeys[node.type] ?? []).flatMap((key) => [fields[key]].flat()).filter(isNode);
}

/** Visits a node and everything below it. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const child of children(node)) walk(child, visit);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
