// Does every entry point lead to a file, and every folder of the toolkit have its entry point?

import { posix } from 'node:path';
import type { Check, Finding } from './finding.ts';
import type { Package } from './package-manifest.ts';
import type { Tree } from './tree.ts';

/** Compares the `exports` of all packages with the files, and reads the index files. */
export const exportsCheck: Check = {
  name: 'exports',
  run: (tree) => [
    ...tree.packages.flatMap((owner) => [...deadEntries(tree, owner)]),
    ...tree.packages.filter(isToolkit).flatMap((toolkit) => unevenEntries(tree, toolkit)),
    ...starExports(tree),
  ],
};

function isToolkit(owner: Package): boolean {
  return owner.folder === 'packages/offshoot';
}

function deadEntries(tree: Tree, owner: Package): Finding[] {
  return [...owner.exports].flatMap(([key, targets]) =>
    targets
      .filter((target) => !leadsSomewhere(tree, posix.join(owner.folder, target)))
      .map((target) => ({
        ...manifestPlace(tree, owner, key),
        what: `exports '${key}' as '${target}', which does not exist`,
        next: 'write the file or remove the entry',
      })),
  );
}

function leadsSomewhere(tree: Tree, path: string): boolean {
  const [head = '', tail] = path.split('*');
  if (tail === undefined) return tree.has(path);
  return tree.files.some((file) => file.startsWith(head) && file.endsWith(tail));
}

/** Each `src/<folder>/index.ts` is the entry `./<folder>`, and each entry is such a file. */
function unevenEntries(tree: Tree, toolkit: Package): Finding[] {
  const source = `${toolkit.folder}/src/`;
  const missing = tree.files
    .map((file) => (file.startsWith(source) ? file.slice(source.length) : ''))
    .filter((path) => /^[^/]+\/index\.ts$/.test(path))
    .filter((path) => !toolkit.exports.has(`./${posix.dirname(path)}`))
    .map((path) => ({
      file: source + path,
      line: 1,
      what: `has no entry './${posix.dirname(path)}' in exports`,
      next: `add it to ${toolkit.folder}/package.json or rename the file`,
    }));
  const misled = [...toolkit.exports]
    .filter(([key]) => key !== './package.json')
    .flatMap(([key, targets]) => targets.map((target) => ({ key, target })))
    .filter(({ key, target }) => target !== `./src/${key.slice(2)}/index.ts`)
    .map(({ key, target }) => ({
      ...manifestPlace(tree, toolkit, key),
      what: `exports '${key}' as '${target}'`,
      next: `name the index of that folder, './src/${key.slice(2)}/index.ts'`,
    }));
  return [...missing, ...misled];
}

/** An entry point lists its names; `export * as name` does, `export *` does not. */
function starExports(tree: Tree): Finding[] {
  const entries = new Set(
    tree.packages.flatMap((owner) =>
      [...owner.exports.values()].flat().map((target) => posix.join(owner.folder, target)),
    ),
  );
  return tree.sources
    .filter(({ file }) => entries.has(file) || posix.basename(file).startsWith('index.'))
    .flatMap((source) =>
      source.program.body
        .filter((node) => node.type === 'ExportAllDeclaration' && node.exported === null)
        .map((node) => ({
          file: source.file,
          line: source.lineOf(node),
          what: 'exports everything with a star',
          next: 'list the names, so that a reader sees what is public',
        })),
    );
}

function manifestPlace(tree: Tree, owner: Package, key: string): Pick<Finding, 'file' | 'line'> {
  const file = `${owner.folder}/package.json`;
  const lines = tree.read(file).split('\n');
  const start = lines.findIndex((line) => line.includes('"exports"'));
  const found = lines.findIndex((line, at) => at >= start && line.includes(`"${key}"`));
  return { file, line: (found < 0 ? Math.max(start, 0) : found) + 1 };
}
