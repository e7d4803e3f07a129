// Does a service of the shop know others by their contracts alone?

import type { Check, Finding } from './finding.ts';
import { type ModuleReference, moduleReferences } from './module-reference.ts';
import { isTest } from './source.ts';
import type { Tree } from './tree.ts';
import { type Resolution, resolve } from './workspace.ts';

/** Finds imports that reach behind a contract. */
export const contractsOnly: Check = {
  name: 'contracts-only',
  run: (tree) =>
    tree.sources
      .filter(({ file }) => file.startsWith('shop/'))
      .flatMap((source) =>
        moduleReferences(source).flatMap((reference) =>
          judge(tree, source.file, reference).map((fault) => ({
            file: source.file,
            line: reference.line,
            ...fault,
          })),
        ),
      ),
};

type Fault = Pick<Finding, 'what' | 'next'>;

function judge(tree: Tree, from: string, reference: ModuleReference): Fault[] {
  const to = resolve(tree, from, reference.specifier);
  const said = `${reference.verb} '${reference.specifier}'`;
  const edge = edgeFault(from, to, reference.specifier, said);
  const service = to.file === undefined ? undefined : serviceFault(from, to.file, said);
  return [service ?? edge].filter((fault) => fault !== undefined);
}

function serviceFault(from: string, to: string, said: string): Fault | undefined {
  const owner = serviceOf(to);
  if (owner === undefined) return undefined;
  const isEntry = to === `shop/services/${owner}/service.ts`;
  if (serviceOf(from) === owner) {
    if (!isEntry || isTest(from)) return undefined;
    const next = 'let service.ts import this file instead, since wiring comes last';
    return { what: `${said}, the service that it is part of`, next };
  }
  if (mayWire(from, isEntry)) return undefined;
  const next = 'import its contract from shop/contracts';
  return { what: `${said}, the inside of the service '${owner}'`, next };
}

/** Tests of a service may start other services, but not look inside. */
function mayWire(from: string, isEntry: boolean): boolean {
  if (/^shop\/(topologies|scripts|simulation)\//.test(from)) return true;
  return isTest(from) && (isEntry || serviceOf(from) === undefined);
}

function edgeFault(
  from: string,
  to: Resolution,
  specifier: string,
  said: string,
): Fault | undefined {
  if (!from.startsWith('shop/edge/') || isTest(from)) return undefined;
  const isOffshoot = specifier === 'offshoot' || specifier.startsWith('offshoot/');
  if (isOffshoot || /^shop\/(edge|contracts)\//.test(to.file ?? '')) return undefined;
  const next = 'reach it through a contract or offshoot';
  return { what: `${said}, but the edge imports contracts and offshoot only`, next };
}

function serviceOf(file: string): string | undefined {
  return /^shop\/services\/([^/]+)\//.exec(file)?.[1];
}
