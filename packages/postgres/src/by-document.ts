// What is known of a document, found by its collection and id?

export interface ByDocument<T> {
  get(collection: string, id: string): T | undefined;
  set(collection: string, id: string, value: T): void;
  delete(collection: string, id: string): void;
}

/** Two maps deep: making one name of the two costs more than looking twice. */
export function byDocument<T>(): ByDocument<T> {
  const collections = new Map<string, Map<string, T>>();
  return {
    get: (collection, id) => collections.get(collection)?.get(id),
    set(collection, id, value) {
      const known = collections.get(collection);
      if (known) known.set(id, value);
      else collections.set(collection, new Map([[id, value]]));
    },
    delete: (collection, id) => void collections.get(collection)?.delete(id),
  };
}
