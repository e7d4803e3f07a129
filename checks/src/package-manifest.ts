// Which packages does the workspace have, and what do they let others import?

import { posix } from 'node:path';

/** A package of the workspace. */
export interface Package {
  readonly name: string;
  /** Its folder, from the root. */
  readonly folder: string;
  /** Every subpath (`.`, `./store`) with the files it may lead to, as written. */
  readonly exports: ReadonlyMap<string, readonly string[]>;
  readonly imports: ReadonlyMap<string, readonly string[]>;
}

/** Reads the packages' manifests. */
export function packagesAmong(files: readonly string[], read: (file: string) => string): Package[] {
  return files
    .filter((file) => /^(packages\/[^/]+|shop|checks|bench)\/package\.json$/.test(file))
    .map((file) => {
      const folder = posix.dirname(file);
      const manifest = JSON.parse(read(file));
      const name = manifest.name ?? folder;
      return { name, folder, exports: table(manifest.exports), imports: table(manifest.imports) };
    });
}

function table(field: unknown): Map<string, string[]> {
  if (field === undefined || field === null) return new Map();
  const isTable = typeof field === 'object' && Object.keys(field).some((key) => /^[.#]/.test(key));
  const entries = isTable ? Object.entries(field) : [['.', field] as const];
  return new Map(entries.map(([key, value]) => [key, leaves(value)]));
}

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
}
