// What is a name bound to at a place in a file?

import type { Node } from 'oxc-parser';

/** Where a value comes from: an expression or a module, then the properties taken of it. */
export interface Origin {
  readonly scope: Scope;
  readonly node?: Node;
  readonly module?: string;
  readonly path: readonly string[];
}

/** The names that one function, block or file binds; a name may be given several values. */
export interface Scope {
  readonly parent: Scope | undefined;
  /** `var` climbs to the nearest of these. */
  readonly isHoisting: boolean;
  readonly names: Map<string, Origin[]>;
}

/** Opens the scope of a node inside another. */
export function opened(node: Node, parent: Scope | undefined): Scope {
  return { parent, isHoisting: HOISTING.has(node.type), names: new Map() };
}

/** Tells whether a node opens a scope of its own. */
export function isOpening(node: Node): boolean {
  return HOISTING.has(node.type) || OPENING.has(node.type);
}

/** Finds what a name is bound to; undefined means that the name is a global. */
export function lookup(scope: Scope, name: string): Origin[] | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const origins = at.names.get(name);
    if (origins) return origins;
  }
  return undefined;
}

/** Binds a name, and remembers the origin of its value where that can be told. */
export function declare(scope: Scope, name: string, origin?: Origin): void {
  const origins = scope.names.get(name) ?? [];
  scope.names.set(name, origin ? [...origins, origin] : origins);
}

/** Finds where a `var` of this scope lives. */
export function hoisted(scope: Scope): Scope {
  return scope.isHoisting || !scope.parent ? scope : hoisted(scope.parent);
}

const HOISTING = new Set<string>([
  'Program',
  'StaticBlock',
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
]);

const OPENING = new Set<string>([
  'BlockStatement',
  'CatchClause',
  'ClassDeclaration',
  'ClassExpression',
  'ForInStatement',
  'ForOfStatement',
  'ForStatement',
  'SwitchStatement',
]);
