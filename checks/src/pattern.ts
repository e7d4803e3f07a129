// Which names and properties does a destructuring pattern take, and from where?

import type { Node } from 'oxc-parser';
import type { Origin, Scope } from './scope.ts';

/** A property that a pattern or a named import takes of a value. */
export interface Taken {
  readonly node: Node;
  readonly origin: Origin;
}

/** Told of each name in a pattern, and of each property on the way to it. */
export interface Sink {
  name(name: string, origin: Origin | undefined): void;
  taken(taken: Taken): void;
}

/** Follows a value from `origin` into every corner of a pattern. */
export function spread(pattern: Node, origin: Origin | undefined, scope: Scope, sink: Sink): void {
  const into = (inner: Node, from: Origin | undefined) => spread(inner, from, scope, sink);
  switch (pattern.type) {
    case 'Identifier':
      sink.name(pattern.name, origin);
      break;
    case 'TSParameterProperty':
      into(pattern.parameter, origin);
      break;
    case 'AssignmentPattern':
      into(pattern.left, origin);
      into(pattern.left, { scope, node: pattern.right, path: [] });
      break;
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element) into(element, undefined);
      break;
    case 'RestElement':
      into(pattern.argument, origin);
      break;
    case 'ObjectPattern':
      for (const property of pattern.properties) {
        if (property.type === 'RestElement') into(property.argument, origin);
        else into(property.value, origin && take(property, origin, sink));
      }
  }
}

/** Names the key of a property or member; `*` stands for one that only runs know. */
export function keyName(key: Node, isComputed: boolean): string {
  if (!isComputed && (key.type === 'Identifier' || key.type === 'PrivateIdentifier'))
    return key.name;
  if (key.type === 'Literal') return String(key.value);
  if (key.type === 'TemplateLiteral' && key.expressions.length === 0) {
    return key.quasis[0]?.value.cooked ?? UNKNOWN_KEY;
  }
  return UNKNOWN_KEY;
}

export const UNKNOWN_KEY = '*';

function take(property: Extract<Node, { type: 'Property' }>, origin: Origin, sink: Sink): Origin {
  const name = keyName(property.key, property.computed);
  const taken = { ...origin, path: [...origin.path, name] };
  sink.taken({ node: property, origin: taken });
  return taken;
}
