// Which parts of a node are evaluated when the program runs?

import type { Node } from 'oxc-parser';
import { children } from './source.ts';

/**
 * Lists the children of a node that stand in value position. Types, ambient declarations, labels,
 * the names of properties and the lists of import declarations do not.
 */
export function valueChildren(node: Node): Node[] {
  const silent = silentParts(node);
  return children(node).filter((child) => !silent.includes(child) && !isErased(child));
}

/** These TypeScript nodes wrap a value; all others vanish before the program runs. */
const WRAPPERS = new Set<string>([
  'TSAsExpression',
  'TSInstantiationExpression',
  'TSNonNullExpression',
  'TSParameterProperty',
  'TSSatisfiesExpression',
  'TSTypeAssertion',
]);

function isErased(node: Node): boolean {
  if (node.type.startsWith('TS')) return !WRAPPERS.has(node.type);
  if (node.type === 'ExportSpecifier' && node.exportKind === 'type') return true;
  return 'declare' in node && node.declare === true;
}

function silentParts(node: Node): (Node | null)[] {
  switch (node.type) {
    case 'MemberExpression':
      return node.computed ? [] : [node.property];
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
    case 'AccessorProperty':
      return node.computed ? [] : [node.key];
    case 'LabeledStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return [node.label];
    case 'ExportSpecifier':
      return [node.exported];
    case 'ExportNamedDeclaration':
      return node.source || node.exportKind === 'type' ? children(node) : [];
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'MetaProperty':
      return children(node);
    default:
      return [];
  }
}
