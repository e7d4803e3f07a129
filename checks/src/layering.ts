// Does every import point down, and stay on the public side of the package it reaches?

import { posix } from 'node:path';
import type { Check, Finding } from './finding.ts';
import { type ModuleReference, moduleReferences } from './module-reference.ts';
import type { Package } from './package-manifest.ts';
import { isTest } from './source.ts';
import type { Tree } from './tree.ts';
import { packageOf, type Resolution, resolve } from './workspace.ts';

/** The folders of the toolkit, ground floor first: each imports only those before it. */
export const LAYERS = [
  'error',
  'runtime',
  'contract',
  'telemetry',
  'resilience',
  'security',
  'store',
  'messaging',
  'aggregate',
  'projection',
  'discovery',
  'rpc',
  'saga',
  'service',
  'gateway',
  'proxy',
  'host',
  'rollout',
  'simulation',
  'testing',
];

/** Finds imports that climb, leave a package by a path, or enter one past its `exports`. */
export const layering: Check = {
  name: 'layering',
  run: (tree) =>
    tree.sources.flatMap((source) => [
      ...homeless(source.file),
      ...moduleReferences(source).flatMap((reference) =>
        judge(tree, source.file, reference).map((fault) => ({
          file: source.file,
          line: reference.line,
          ...fault,
        })),
      ),
    ]),
};

type Fault = Pick<Finding, 'what' | 'next'>;

/** The one package whose folders are layers. */
const TOOLKIT = 'packages/offshoot';
const TEST_TOOLS = ['simulation', 'testing'];

function homeless(file: string): Finding[] {
  const folder = layerOf(file);
  if (folder === undefined || LAYERS.includes(folder)) return [];
  if (folder === '' && isTest(file)) return [];
  const what = folder === '' ? 'stands in no layer' : `stands in '${folder}', which is no layer`;
  const next = 'move it into a layer, or give the folder its place in LAYERS of layering.ts';
  return [{ file, line: 1, what, next }];
}

function judge(tree: Tree, file: string, reference: ModuleReference): Fault[] {
  const home = packageOf(tree, file);
  const to = resolve(tree, file, reference.specifier);
  if (home === undefined || to.by === 'outside') return [];
  const said = `${reference.verb} '${reference.specifier}'`;
  const faults = [pathFault(home, to, said), nameFault(home, to, said, isTest(file))];
  if (to.file !== undefined) {
    faults.push(layerFault(file, to.file, said));
    if (!isTest(file)) faults.push(ownIndexFault(file, to.file, said));
  }
  return faults.filter((fault) => fault !== undefined);
}

function pathFault(home: Package, to: Resolution, said: string): Fault | undefined {
  if (to.by !== 'path' || to.file?.startsWith(`${home.folder}/`)) return undefined;
  if (to.file === undefined) {
    return { what: `${said}, which ${home.name} does not define`, next: 'define or remove it' };
  }
  const next = 'import by package name, through its exports';
  return { what: `${said}, a path that leaves ${home.folder}`, next };
}

function nameFault(
  home: Package,
  to: Resolution,
  said: string,
  isFromTest: boolean,
): Fault | undefined {
  if (to.by !== 'package' || to.package === undefined) return undefined;
  if (to.package === home && !isFromTest) {
    return { what: `${said}, its own package by name`, next: 'import the file by a relative path' };
  }
  if (to.package !== home && home.folder === TOOLKIT) {
    const next = 'turn the dependency round: declare a port here and implement it there';
    return { what: `${said}, but the toolkit imports no other package`, next };
  }
  if (to.file !== undefined) return undefined;
  const next = 'import an entry point, or add one to its exports';
  return { what: `${said}, which ${to.package.name} does not export`, next };
}

function layerFault(from: string, to: string, said: string): Fault | undefined {
  const [upper, lower] = [layerOf(from), layerOf(to)];
  if (upper === undefined || lower === undefined || upper === lower) return undefined;
  if (!LAYERS.includes(upper) || LAYERS.indexOf(lower) < 0) return undefined;
  if (LAYERS.indexOf(lower) < LAYERS.indexOf(upper)) return undefined;
  if (isTest(from) && TEST_TOOLS.includes(lower)) return undefined;
  const next = `move what they share down to '${upper}' or lower, or declare a port there`;
  return { what: `${said}, but '${lower}' is above '${upper}'`, next };
}

function ownIndexFault(from: string, to: string, said: string): Fault | undefined {
  const folder = posix.dirname(to);
  const isIndex = /^index\.[cm]?[jt]sx?$/.test(posix.basename(to));
  if (!isIndex || from === to || !from.startsWith(`${folder}/`)) return undefined;
  return { what: `${said}, its own folder's index`, next: 'import the file that defines the name' };
}

/** Names the layer of a file; empty when it lies beside the layers, undefined when elsewhere. */
function layerOf(file: string): string | undefined {
  const inside = file.startsWith(`${TOOLKIT}/src/`) ? file.slice(TOOLKIT.length + 5) : undefined;
  return inside?.includes('/') ? inside.slice(0, inside.indexOf('/')) : inside && '';
}
