// Which checks run, in which order, and what does a person see of them?

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { attach } from './attach.ts';
import { contractsOnly } from './contracts-only.ts';
import { cycles } from './cycles.ts';
import { exportsCheck } from './exports.ts';
import { type Check, inOrder, render } from './finding.ts';
import { layering } from './layering.ts';
import { readme } from './readme.ts';
import { runtimeDoor } from './runtime-door.ts';
import { size } from './size.ts';
import { syntax } from './syntax.ts';
import { lint, types } from './toolchain.ts';
import { readTree, type Tree } from './tree.ts';

/** Every check, the general ones first. */
const CHECKS: readonly Check[] = [
  types,
  lint,
  syntax,
  layering,
  cycles,
  exportsCheck,
  runtimeDoor,
  attach,
  contractsOnly,
  size,
  readme,
];

/** Runs the checks that the arguments ask for; returns the exit code. */
export function check(args: string[]): number {
  const { values } = parseArgs({
    args,
    options: { only: { type: 'string' }, root: { type: 'string', default: REPOSITORY } },
  });
  const wanted = values.only?.split(',');
  const unknown = wanted?.filter((name) => !CHECKS.some((one) => one.name === name)) ?? [];
  if (unknown.length > 0) {
    const known = CHECKS.map(({ name }) => name).join(', ');
    console.error(`there is no check '${unknown.join(', ')}', choose from ${known}`);
    return 2;
  }
  const tree = readTree(resolve(values.root));
  const chosen = CHECKS.filter(({ name }) => wanted?.includes(name) ?? true);
  const counts = withSyntax(chosen).map((one) => report(one, tree));
  return counts.some((count) => count > 0) ? 1 : 0;
}

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** A file that cannot be parsed would look clean to the checks that read trees. */
function withSyntax(chosen: readonly Check[]): readonly Check[] {
  const isBlind = chosen.some((one) => ![types, lint, readme].includes(one));
  return isBlind && !chosen.includes(syntax) ? [syntax, ...chosen] : chosen;
}

function report(one: Check, tree: Tree): number {
  const start = performance.now();
  const findings = inOrder(one.run(tree));
  const time = `${Math.round(performance.now() - start)} ms`;
  const verdict = findings.length === 0 ? 'ok' : `${findings.length} found`;
  console.log(`${one.name.padEnd(16)}${verdict.padEnd(12)}${time.padStart(9)}`);
  for (const finding of findings) console.log(render(one.name, finding));
  return findings.length;
}
