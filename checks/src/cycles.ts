// Does any file import itself, through others, at run time or through types alone?

import type { Check, Finding } from './finding.ts';
import { moduleReferences } from './module-reference.ts';
import type { Tree } from './tree.ts';
import { resolve } from './workspace.ts';

/** Finds one shortest cycle in each knot of files. */
export const cycles: Check = {
  name: 'cycles',
  run(tree) {
    const graph = importGraph(tree);
    return knots(graph).map((knot) => describe(graph, shortestCycle(graph, knot)));
  },
};

/** For each file, the files it refers to, with the first line that does so. */
type Graph = ReadonlyMap<string, ReadonlyMap<string, number>>;

function importGraph(tree: Tree): Graph {
  const known = new Set(tree.sources.map(({ file }) => file));
  return new Map(
    tree.sources.map((source) => {
      const edges = new Map<string, number>();
      for (const { specifier, line } of moduleReferences(source)) {
        const { file } = resolve(tree, source.file, specifier);
        if (file !== undefined && known.has(file) && !edges.has(file)) edges.set(file, line);
      }
      return [source.file, edges];
    }),
  );
}

/** Tarjan's strongly connected components, of those that hold a cycle. */
function knots(graph: Graph): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const stack: string[] = [];
  const visit = (file: string): number => {
    const own = order.size;
    let lowest = own;
    order.set(file, own);
    stack.push(file);
    for (const next of graph.get(file)?.keys() ?? []) {
      if (!order.has(next)) lowest = Math.min(lowest, visit(next));
      else if (stack.includes(next)) lowest = Math.min(lowest, order.get(next) ?? own);
    }
    if (lowest === own) found.push(stack.splice(stack.indexOf(file)));
    return lowest;
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found.filter((knot) => knot.length > 1 || graph.get(knot[0]!)?.has(knot[0]!));
}

/** Walks breadth-first from the knot's first file until it comes back. */
function shortestCycle(graph: Graph, knot: readonly string[]): string[] {
  const start = [...knot].sort()[0]!;
  const paths = [[start]];
  const seen = new Set<string>();
  for (const path of paths) {
    for (const next of graph.get(path.at(-1)!)?.keys() ?? []) {
      if (next === start) return [...path, start];
      if (!knot.includes(next) || seen.has(next)) continue;
      seen.add(next);
      paths.push([...path, next]);
    }
  }
  return [start, start];
}

function describe(graph: Graph, cycle: readonly string[]): Finding {
  const [file = '', second = ''] = cycle;
  return {
    file,
    line: graph.get(file)?.get(second) ?? 1,
    what: `closes the cycle ${cycle.join(' -> ')}`,
    next: 'move what the files share into a file below both',
  };
}
