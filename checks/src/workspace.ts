// Which file does an import specifier mean in this workspace?

import { posix } from 'node:path';
import type { Package } from './package-manifest.ts';
import type { Tree } from './tree.ts';

/** Where a specifier leads. */
export interface Resolution {
  /** `path`: relative, absolute or `#inner`; `package`: one of ours by name; `outside`: npm or Node. */
  readonly by: 'path' | 'package' | 'outside';
  readonly package?: Package;
  /** From the root; absent when the package does not export it, or for what is outside. */
  readonly file?: string;
}

/** Finds the package that a file belongs to. */
export function packageOf(tree: Tree, file: string): Package | undefined {
  return tree.packages.find(({ folder }) => file.startsWith(`${folder}/`));
}

/** Resolves what `specifier` means when `from` says it. */
export function resolve(tree: Tree, from: string, specifier: string): Resolution {
  const bare = specifier.replace(/[?#].*$/, '');
  if (specifier.startsWith('#')) return inner(tree, from, specifier);
  if (/^\.{1,2}(\/|$)/.test(bare)) {
    return { by: 'path', file: existing(tree, posix.join(posix.dirname(from), bare)) };
  }
  if (bare.startsWith('/') || bare.startsWith('file:')) return { by: 'path', file: bare };
  const owner = tree.packages.find(({ name }) => bare === name || bare.startsWith(`${name}/`));
  if (owner === undefined) return { by: 'outside' };
  const file = through(tree, owner, owner.exports, `.${bare.slice(owner.name.length)}`);
  return { by: 'package', package: owner, ...(file === undefined ? {} : { file }) };
}

function inner(tree: Tree, from: string, specifier: string): Resolution {
  const owner = packageOf(tree, from);
  const file = owner && through(tree, owner, owner.imports, specifier);
  return { by: 'path', ...(file === undefined ? {} : { file }) };
}

function through(
  tree: Tree,
  owner: Package,
  table: Package['exports'],
  key: string,
): string | undefined {
  for (const [pattern, targets] of table) {
    const [head = '', tail] = pattern.split('*');
    const isMatch = tail === undefined ? key === pattern : fits(key, head, tail);
    if (!isMatch || targets[0] === undefined) continue;
    const star = key.slice(head.length, key.length - (tail?.length ?? 0));
    return existing(tree, posix.join(owner.folder, targets[0].replaceAll('*', star)));
  }
  return undefined;
}

function fits(key: string, head: string, tail: string): boolean {
  return key.length > head.length + tail.length && key.startsWith(head) && key.endsWith(tail);
}

/** Forgives a missing or compiled extension, so that a loose spelling cannot hide an import. */
function existing(tree: Tree, path: string): string {
  const stem = path.replace(/\.([cm]?)js(x?)$/, '.$1ts$2');
  const tries = [path, stem, `${path}.ts`, `${path}.tsx`, `${path}.js`];
  return [...tries, `${path}/index.ts`, `${path}/index.js`].find(tree.has) ?? path;
}
