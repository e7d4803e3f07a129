// Does all nondeterminism come through the one door?

import type { Node } from 'oxc-parser';
import type { Check, Finding } from './finding.ts';
import {
  GLOBAL_OBJECTS,
  type GlobalPath,
  globalPaths,
  isHidden,
  originPaths,
} from './global-path.ts';
import { moduleReferences } from './module-reference.ts';
import { names, type Place } from './names.ts';
import { closedGlobal, closedModule, mayHandleGlobalObject } from './runtime-door-rules.ts';
import { lookup } from './scope.ts';
import type { Source } from './source.ts';

/** Finds clocks, timers, randomness, network and storage that are not taken from `Runtime`. */
export const runtimeDoor: Check = {
  name: 'runtime-door',
  run: (tree) =>
    tree.sources.flatMap((source) => [
      ...modulesIn(source),
      ...globalsIn(source),
      ...globalObjectsIn(source),
    ]),
};

function modulesIn(source: Source): Finding[] {
  return moduleReferences(source).flatMap(({ specifier, line, verb }) => {
    const next = closedModule(source.file, specifier);
    return next ? [{ file: source.file, line, what: `${verb} '${specifier}'`, next }] : [];
  });
}

function globalsIn(source: Source): Finding[] {
  const { places, taken } = names(source.program);
  const touched = [
    ...places.map((place) => ({ node: place.node, paths: touchedAt(place) })),
    ...taken.map(({ node, origin }) => ({ node, paths: originPaths(origin) })),
  ];
  return touched.flatMap(({ node, paths }) =>
    paths.flatMap((path) => {
      const next = closedGlobal(source.file, path.join('.'));
      const what = `touches the global ${path.join('.')}`;
      return next ? [{ file: source.file, line: source.lineOf(node), what, next }] : [];
    }),
  );
}

/** A bound name is an alias, which was found where it was made. */
function touchedAt({ node, scope }: Place): GlobalPath[] {
  if (node.type === 'Identifier' && lookup(scope, node.name)) return [];
  const isNaming = node.type === 'Identifier' || node.type === 'MemberExpression';
  return isNaming ? globalPaths(node, scope) : [];
}

/** `globalThis[name]` and `f(globalThis)` would let any global through unseen. */
function globalObjectsIn(source: Source): Finding[] {
  if (mayHandleGlobalObject(source.file)) return [];
  const { places, taken } = names(source.program);
  const hidden = [
    ...places.filter((place) => touchedAt(place).some(isHidden)),
    ...taken.filter(({ origin }) => originPaths(origin).some(isHidden)),
  ].map(({ node }) => ({ node, what: 'takes a global by a name that only a run can tell' }));
  const escaped = places
    .filter(isEscape)
    .map(({ node }) => ({ node, what: 'hands on the global object' }));
  return [...hidden, ...escaped].map(({ node, what }) => ({
    file: source.file,
    line: source.lineOf(node),
    what,
    next: 'name the one property you mean',
  }));
}

function isEscape({ node, parent, scope }: Place): boolean {
  if (node.type !== 'Identifier' || !GLOBAL_OBJECTS.has(node.name)) return false;
  return !lookup(scope, node.name) && !FOLLOWED.has(parent?.type) && !isTypeofOperand(parent);
}

function isTypeofOperand(parent: Node | undefined): boolean {
  return parent?.type === 'UnaryExpression' && parent.operator === 'typeof';
}

/** Behind these parents the other rules keep sight of the global object. */
const FOLLOWED = new Set<string | undefined>([
  'AssignmentExpression',
  'AssignmentPattern',
  'BinaryExpression',
  'ChainExpression',
  'ConditionalExpression',
  'LogicalExpression',
  'MemberExpression',
  'SequenceExpression',
  'TSAsExpression',
  'TSNonNullExpression',
  'TSSatisfiesExpression',
  'TSTypeAssertion',
  'VariableDeclarator',
]);
