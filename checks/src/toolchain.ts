// Do the compiler and the linter agree with the code?

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Check, Finding } from './finding.ts';

/** TypeScript's own errors. */
export const types: Check = {
  name: 'types',
  run: (tree) => {
    const { lines, isClean } = tool('tsc', ['--noEmit', '-p', '.', '--pretty', 'false'], tree.root);
    return isClean ? [] : orWhole('tsc', lines, lines.flatMap(compilerFinding));
  },
};

/** Formatting, order of imports and lint rules. */
export const lint: Check = {
  name: 'lint',
  run: (tree) => {
    const { lines, isClean } = tool('biome', ['ci', '--reporter=github', '.'], tree.root);
    return isClean ? [] : orWhole('biome', lines, lines.flatMap(linterFinding));
  },
};

const BIN = fileURLToPath(new URL('../../node_modules/.bin/', import.meta.url));
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

function tool(name: string, args: readonly string[], root: string) {
  const done = spawnSync(process.execPath, [BIN + name, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  const lines = `${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`.split('\n');
  return { lines, isClean: done.status === 0 };
}

function compilerFinding(line: string): Finding[] {
  const [, file, at, code, message] = /^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/.exec(line) ?? [];
  if (file === undefined) return [];
  const what = `${code} ${message?.replace(/\.$/, '')}`;
  return [{ file, line: Number(at), what, next: 'correct the type' }];
}

function linterFinding(line: string): Finding[] {
  const [, rule, file, at, message] =
    /^::error title=([^,]*),file=([^,]*),line=(\d+),[^:]*::(.*)$/.exec(line) ?? [];
  if (rule === undefined || file === undefined) return [];
  const isFixable = /^(format|assist)/.test(rule);
  const next = isFixable ? `run 'npm run format'` : 'correct it as the rule says';
  return [{ file, line: Number(at), what: `${rule} ${message?.replace(/\.$/, '')}`, next }];
}

/** A tool that failed without a finding that we can read must still fail the build. */
function orWhole(name: string, lines: readonly string[], findings: Finding[]): Finding[] {
  if (findings.length > 0) return findings;
  const said = lines.filter((line) => line.trim() !== '').join(' | ');
  return [{ file: 'package.json', line: 1, what: `${name} failed: ${said}`, next: 'run it alone' }];
}
