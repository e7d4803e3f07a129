// Which global does an expression name, through whatever alias?

import type { Node } from 'oxc-parser';
import { constantString } from './constant-string.ts';
import { keyName, UNKNOWN_KEY } from './pattern.ts';
import { lookup, type Origin, type Scope } from './scope.ts';

/** `['Math', 'random']`; `[]` is the global object itself. */
export type GlobalPath = readonly string[];

/** Names of the global object, in Node and elsewhere. */
export const GLOBAL_OBJECTS: ReadonlySet<string> = new Set([
  'globalThis',
  'global',
  'self',
  'window',
]);

/** Lists what an expression may name among globals, `process` and `module`, imported or not. */
export function globalPaths(node: Node, scope: Scope): GlobalPath[] {
  const inner = (part: Node) => globalPaths(part, scope);
  switch (node.type) {
    case 'Identifier': {
      const origins = lookup(scope, node.name);
      if (origins) return origins.flatMap(originPaths);
      return [normal([node.name])];
    }
    case 'MemberExpression': {
      const key = memberKey(node, scope);
      return inner(node.object).map((path) => normal([...path, key]));
    }
    case 'ChainExpression':
    case 'TSAsExpression':
    case 'TSInstantiationExpression':
    case 'TSNonNullExpression':
    case 'TSSatisfiesExpression':
    case 'TSTypeAssertion':
      return inner(node.expression);
    case 'AwaitExpression':
      return inner(node.argument);
    case 'AssignmentExpression':
      return inner(node.right);
    case 'ConditionalExpression':
      return [...inner(node.consequent), ...inner(node.alternate)];
    case 'LogicalExpression':
      return [...inner(node.left), ...inner(node.right)];
    case 'SequenceExpression':
      return node.expressions.slice(-1).flatMap(inner);
    case 'CallExpression':
    case 'ImportExpression':
      return fromCall(node, scope);
    default:
      return [];
  }
}

function memberKey(node: Extract<Node, { type: 'MemberExpression' }>, scope: Scope): string {
  if (!node.computed) return keyName(node.property, false);
  return constantString(node.property, scope) ?? keyName(node.property, true);
}

/** Lists what an origin may name, as `globalPaths` does. */
export function originPaths(origin: Origin): GlobalPath[] {
  const known = answers.get(origin);
  if (known) return known;
  // Names that are assigned from each other would never end without this first answer.
  answers.set(origin, []);
  const bases = origin.node ? globalPaths(origin.node, origin.scope) : moduleBase(origin.module);
  const paths = bases.map((base) => normal([...base, ...origin.path]));
  answers.set(origin, paths);
  return paths;
}

const answers = new WeakMap<Origin, GlobalPath[]>();

function fromCall(node: Node, scope: Scope): GlobalPath[] {
  const call = called(node, scope);
  return call.includes('module.createRequire')
    ? [['require']]
    : moduleBase(loads(node, scope, call));
}

/** Returns the module that a call loads: `import()`, `require` and `getBuiltinModule`. */
export function loadedModule(node: Node, scope: Scope): string | undefined {
  return loads(node, scope, called(node, scope));
}

/** Asks once per call, so that a long chain of calls stays cheap. */
function called(node: Node, scope: Scope): string[] {
  if (node.type !== 'CallExpression') return [];
  return globalPaths(node.callee, scope).map((path) => path.join('.'));
}

function loads(node: Node, scope: Scope, call: readonly string[]): string | undefined {
  if (node.type === 'ImportExpression') return constantString(node.source, scope);
  if (node.type !== 'CallExpression' || node.arguments[0] === undefined) return undefined;
  const isLoader = call.some((name) => LOADERS.has(name));
  return isLoader ? constantString(node.arguments[0], scope) : undefined;
}

const LOADERS: ReadonlySet<string> = new Set([
  'require',
  'module.require',
  'process.getBuiltinModule',
]);

/** Only these two modules lead back to globals or to other modules. */
function moduleBase(specifier: string | undefined): GlobalPath[] {
  const name = specifier?.replace(/^node:/, '');
  return name === 'process' || name === 'module' ? [[name]] : [];
}

/** `globalThis.global.Date` is `Date`; the default export of `node:process` is `process`. */
function normal(path: GlobalPath): GlobalPath {
  const start = path.findIndex((part) => !GLOBAL_OBJECTS.has(part));
  const [head, ...rest] = start < 0 ? [] : path.slice(start);
  if (head === undefined) return [];
  const isModule = head === 'process' || head === 'module';
  return [head, ...(isModule ? rest.filter((part) => part !== 'default') : rest)];
}

/** Tells whether a path is a property of the global object that only a run can name. */
export function isHidden(path: GlobalPath): boolean {
  return path.length === 1 && path[0] === UNKNOWN_KEY;
}
