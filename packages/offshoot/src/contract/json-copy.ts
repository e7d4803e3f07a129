// What arrives of a value that travels as JSON, also where no wire is between?

const DEPTH_MAX = 64;

/** Something whose JSON only `JSON.stringify` knows: a class, a boxed number, a circle. */
const STRANGE = Symbol('not plain');

interface Speaking {
  readonly toJSON?: (key: string) => unknown;
}

/**
 * A copy that shares nothing, as a wire would make it: exactly what `JSON.parse` makes of
 * `JSON.stringify`, or `undefined` of `undefined`. Plain objects and arrays, which is what nearly
 * always travels, are copied without the text between.
 */
export function jsonCopy(value: unknown): unknown {
  if (value === undefined) return undefined;
  const copy = copyOf(value, '', 0);
  return copy === STRANGE || copy === undefined ? JSON.parse(JSON.stringify(value)) : copy;
}

/** What has a `toJSON` says once what stands for it, whatever that is. */
function copyOf(value: unknown, key: string | number, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return plainCopy(value, depth);
  const speaking = value as Speaking;
  const spoken = typeof speaking.toJSON === 'function' ? speaking.toJSON(String(key)) : value;
  return plainCopy(spoken, depth);
}

function plainCopy(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value;
    case 'number':
      return Number.isFinite(value) ? value + 0 : null; // there is no minus zero
    case 'object':
      if (value === null) return null;
      if (depth > DEPTH_MAX) return STRANGE;
      return Array.isArray(value) ? arrayCopy(value, depth + 1) : objectCopy(value, depth + 1);
    default:
      return STRANGE;
  }
}

function arrayCopy(array: readonly unknown[], depth: number): unknown {
  const copy: unknown[] = [];
  for (let index = 0; index < array.length; index += 1) {
    const part = copyOf(array[index], index, depth);
    if (part === STRANGE) return STRANGE;
    copy.push(part === undefined ? null : part);
  }
  return copy;
}

function objectCopy(object: object, depth: number): unknown {
  if (Object.getPrototypeOf(object) !== Object.prototype) return STRANGE;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(object)) {
    const part = copyOf((object as Record<string, unknown>)[name], name, depth);
    if (part === STRANGE || name === '__proto__') return STRANGE;
    if (part !== undefined) copy[name] = part;
  }
  return copy;
}
