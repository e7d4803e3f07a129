// Which files does the repository have, as the checks see them?

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Package, packagesAmong } from './package-manifest.ts';
import { isCode, type Source, source } from './source.ts';

/** A snapshot of the files below one root. */
export interface Tree {
  readonly root: string;
  /** Every file that is the project's own, as sorted paths from the root. */
  readonly files: readonly string[];
  /** The files of code in the workspace's packages, parsed. */
  readonly sources: readonly Source[];
  readonly packages: readonly Package[];
  has(file: string): boolean;
  read(file: string): string;
}

/** Reads the tree below a root. */
export function readTree(root: string): Tree {
  const files = list(root, '').sort();
  const known = new Set(files);
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const parse = () => files.filter(isWorkspaceCode).map((file) => source(file, read(file)));
  let sources: Source[] | undefined;
  return {
    root,
    files,
    get sources() {
      sources ??= parse();
      return sources;
    },
    packages: packagesAmong(files, read),
    has: (file) => known.has(file),
    read,
  };
}

function isWorkspaceCode(file: string): boolean {
  return isCode(file) && /^(packages|shop|checks|bench)\//.test(file);
}

function list(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return isForeign(path, entry.name) ? [] : list(root, path);
    return entry.isFile() ? [path] : [];
  });
}

/** Installed, generated and planted files are not the project's own. */
function isForeign(path: string, name: string): boolean {
  if (name.startsWith('.') || name === 'node_modules' || name === 'coverage') return true;
  return path === 'checks/src/fixtures' || /^(packages|shop)\/[^/]+\/dist$/.test(path);
}
