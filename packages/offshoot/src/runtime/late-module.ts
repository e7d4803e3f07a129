// How is a library loaded by whoever needs it first, and by nobody else?
const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);

/** A library of this package, loaded with the first call, which has it in the same turn. */
export function lateModule<T>(name: string): () => T {
  let loaded: T | undefined;
  return () => {
    loaded ??= require(name) as T;
    return loaded;
  };
}
