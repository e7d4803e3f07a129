// In which folder does a drill replace files? One in memory, where each step can be the last.
import type { Files } from '../../runtime/node/index.ts';

type Used = Pick<Files, 'has' | 'read' | 'write' | 'makeFolder' | 'move' | 'removeTree'>;

export interface Folder {
  /** Only what a replacement asks for. */
  readonly files: Files;
  /** What stands in a file now. */
  text(path: string): string | undefined;
}

/** Files by path with their texts. `before` runs before each change, and may throw. */
export function folderOf(given: Readonly<Record<string, string>>, before: () => void): Folder {
  const known = new Map(Object.entries(given));
  const changing = <A extends readonly string[]>(change: (...args: A) => void) => {
    return (...args: A): void => {
      before();
      change(...args);
    };
  };
  const files: Used = {
    has: (path) => known.has(path),
    read: (path) => known.get(path),
    write: changing((path: string, text: string) => known.set(path, text)),
    makeFolder: () => {},
    move: changing((from: string, to: string) => {
      known.set(to, known.get(from)!);
      known.delete(from);
    }),
    removeTree: changing((path: string) => {
      for (const one of known.keys())
        if (one === path || one.startsWith(`${path}/`)) known.delete(one);
    }),
  };
  return { files: files as Files, text: (path) => known.get(path) };
}
