// What arrives of a value that travels as JSON, also where no wire is between?

const DEPTH_MAX = 64;

/** Something whose JSON only `JSON.stringify` knows: a Date, a class, a `toJSON`, a circle. */
const STRANGE = Symbol('not plain');

interface Jsonable {
  readonly toJSON?: unknown;
}

/**
 * A copy that shares nothing, as a wire would make it: exactly what `JSON.parse` makes of
 * `JSON.stringify`, or `undefined` of `undefined`. Plain objects and arrays, which is what nearly
 * always travels, are copied without the text between.
 */
export function jsonCopy(value: unknown): unknown {
  const copy = plainCopy(value, 0);
  return copy === STRANGE ? JSON.parse(JSON.stringify(value)) : copy;
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
      if (depth > DEPTH_MAX || typeof (value as Jsonable).toJSON === 'function') return STRANGE;
      return Array.isArray(value) ? arrayCopy(value, depth + 1) : objectCopy(value, depth + 1);
    default:
      return STRANGE;
  }
}

function arrayCopy(array: readonly unknown[], depth: number): unknown {
  const copy: unknown[] = [];
  for (let index = 0; index < array.length; index += 1) {
    const part = plainCopy(array[index], depth);
    if (part === STRANGE) return STRANGE;
    copy.push(part === undefined ? null : part);
  }
  return copy;
}

function objectCopy(object: object, depth: number): unknown {
  if (Object.getPrototypeOf(object) !== Object.prototype) return STRANGE;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(object)) {
    const part = plainCopy((object as Record<string, unknown>)[name], depth);
    if (part === STRANGE || name === '__proto__') return STRANGE;
    if (part !== undefined) copy[name] = part;
  }
  return copy;
}
