// Which names does a file bind, and which of its nodes stand in value position?

import type { Node, Program } from 'oxc-parser';
import { type Sink, spread, type Taken } from './pattern.ts';
import { declare, hoisted, isOpening, lookup, opened, type Scope } from './scope.ts';
import { valueChildren } from './value-position.ts';

/** A node in value position. */
export interface Place {
  readonly node: Node;
  readonly parent: Node | undefined;
  readonly scope: Scope;
}

/** The value positions of one file, and what its patterns and named imports take. */
export interface Names {
  readonly places: readonly Place[];
  readonly taken: readonly Taken[];
}

/** Binds the names of a file; the answer is kept, since several checks ask. */
export function names(program: Program): Names {
  const known = answers.get(program) ?? bindAll(program);
  answers.set(program, known);
  return known;
}

const answers = new WeakMap<Program, Names>();

function bindAll(program: Program): Names {
  const places: Place[] = [];
  const taken: Taken[] = [];
  const note = (one: Taken) => void taken.push(one);
  const visit = (node: Node, parent: Node | undefined, outer: Scope | undefined): void => {
    const scope = outer === undefined || isOpening(node) ? opened(node, outer) : outer;
    places.push({ node, parent, scope });
    bind(node, scope, note);
    for (const child of valueChildren(node)) visit(child, node, scope);
  };
  visit(program, undefined, undefined);
  // Assignments come second, because a name may be declared below the place that assigns it.
  for (const { node, scope } of places) assign(node, scope, note);
  return { places, taken };
}

function bind(node: Node, scope: Scope, taken: Sink['taken']): void {
  switch (node.type) {
    case 'VariableDeclaration':
      bindVariables(node, scope, taken);
      break;
    case 'ImportDeclaration':
      bindImports(node, scope, taken);
      break;
    case 'CatchClause':
      if (node.param) spread(node.param, undefined, scope, into(scope, taken));
      break;
    case 'ClassDeclaration':
    case 'ClassExpression':
      if (node.id) declare(homeOf(node, scope), node.id.name);
      break;
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      if (node.id) declare(homeOf(node, scope), node.id.name);
      for (const param of node.params) spread(param, undefined, scope, into(scope, taken));
  }
}

/** A declaration's name is for its surroundings, an expression's name for itself. */
function homeOf(node: Node, scope: Scope): Scope {
  return node.type.endsWith('Declaration') ? (scope.parent ?? scope) : scope;
}

function into(scope: Scope, taken: Sink['taken']): Sink {
  return { taken, name: (name, origin) => declare(scope, name, origin) };
}

function bindVariables(
  node: Extract<Node, { type: 'VariableDeclaration' }>,
  scope: Scope,
  taken: Sink['taken'],
): void {
  const home = node.kind === 'var' ? hoisted(scope) : scope;
  for (const { id, init } of node.declarations) {
    const origin = init ? { scope, node: init, path: [] } : undefined;
    spread(id, origin, scope, into(home, taken));
  }
}

function bindImports(
  node: Extract<Node, { type: 'ImportDeclaration' }>,
  scope: Scope,
  taken: Sink['taken'],
): void {
  if (node.importKind === 'type') return;
  for (const specifier of node.specifiers) {
    if (specifier.type === 'ImportSpecifier' && specifier.importKind === 'type') continue;
    const path = specifier.type === 'ImportNamespaceSpecifier' ? [] : [importedName(specifier)];
    const origin = { scope, module: node.source.value, path };
    taken({ node: specifier, origin });
    declare(scope, specifier.local.name, origin);
  }
}

function importedName(specifier: Node): string {
  if (specifier.type !== 'ImportSpecifier') return 'default';
  const { imported } = specifier;
  return imported.type === 'Literal' ? imported.value : imported.name;
}

function assign(node: Node, scope: Scope, taken: Sink['taken']): void {
  if (node.type !== 'AssignmentExpression' || !ASSIGNING.has(node.operator)) return;
  const name = (bound: string, from?: Parameters<Sink['name']>[1]) => {
    if (from) lookup(scope, bound)?.push(from);
  };
  spread(node.left, { scope, node: node.right, path: [] }, scope, { taken, name });
}

const ASSIGNING = new Set<string>(['=', '??=', '||=', '&&=']);
