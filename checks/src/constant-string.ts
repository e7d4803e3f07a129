// Which text does an expression make, as far as it can be told without running it?

import type { Node } from 'oxc-parser';
import { lookup, type Scope } from './scope.ts';

/** Returns the text of a constant expression, or undefined when only a run can tell. */
export function constantString(node: Node, scope: Scope): string | undefined {
  const text = textOf(node, scope, FOLDING_DEPTH_MAX);
  return text.includes(UNKNOWN_TEXT) ? undefined : text;
}

/** Returns the text of an expression with `UNKNOWN_TEXT` for each part that only a run can tell. */
export function approximateString(node: Node, scope: Scope): string {
  return textOf(node, scope, FOLDING_DEPTH_MAX);
}

export const UNKNOWN_TEXT = '\u{fffd}';

/** Bounds names that are defined by each other, and very long sums. */
const FOLDING_DEPTH_MAX = 200;

function textOf(node: Node, scope: Scope, depth: number): string {
  const inner = (part: Node) => textOf(part, scope, depth - 1);
  if (depth === 0) return UNKNOWN_TEXT;
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'string' ? node.value : UNKNOWN_TEXT;
    case 'TemplateLiteral':
      return node.quasis
        .map(({ value }, index) => {
          const expression = node.expressions[index];
          return (value.cooked ?? value.raw) + (expression ? inner(expression) : '');
        })
        .join('');
    case 'BinaryExpression':
      return node.operator === '+' ? inner(node.left) + inner(node.right) : UNKNOWN_TEXT;
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
      return inner(node.expression);
    case 'Identifier':
      return namedText(node.name, scope, depth);
    default:
      return UNKNOWN_TEXT;
  }
}

function namedText(name: string, scope: Scope, depth: number): string {
  const [origin, ...others] = lookup(scope, name) ?? [];
  if (!origin?.node || others.length > 0 || origin.path.length > 0) return UNKNOWN_TEXT;
  return textOf(origin.node, origin.scope, depth - 1);
}
