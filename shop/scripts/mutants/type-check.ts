// Does each mutant type-check? A bug that the compiler finds is no test of the simulation.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  type Dirent,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Patch, patched } from '../../simulation/mutants/mutant.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SOURCES = ['packages', 'shop', 'tsconfig.json', 'package.json'];
const COMPILER = join(ROOT, 'node_modules', '.bin', 'tsc');

/** Mutants of different files are checked together: the first of each, the second, and so on. */
export function rounds(patches: readonly Patch[]): Patch[][] {
  const found: Patch[][] = [];
  const seen = new Map<string, number>();
  for (const patch of patches) {
    const round = seen.get(patch.file) ?? 0;
    seen.set(patch.file, round + 1);
    found[round] = [...(found[round] ?? []), patch];
  }
  return found;
}

/** The same installed packages; those of the workspace are the copy's own. */
function linkModules(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (isScope(entry)) linkModules(source, target);
    else symlinkSync(source, target);
  }
}

const isScope = (entry: Dirent) => entry.isDirectory() && entry.name.startsWith('@');

/** A copy of the sources in a folder of its own. */
function copyOfSources(): string {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-mutants-'));
  const isSource = (path: string) =>
    !path.endsWith('/node_modules') && !path.includes('/.offshoot');
  for (const name of SOURCES)
    cpSync(join(ROOT, name), join(folder, name), { recursive: true, filter: isSource });
  linkModules(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** What the compiler says of the copy, by file. */
function complaints(folder: string): Map<string, string> {
  const { stdout } = spawnSync(
    process.execPath,
    [COMPILER, '--noEmit', '-p', '.', '--pretty', 'false'],
    { cwd: folder, encoding: 'utf8' },
  );
  const found = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const [, file, message] = /^(.+?)\(\d+,\d+\): error (.*)$/.exec(line) ?? [];
    if (file && message) found.set(file, message);
  }
  return found;
}

/** A sentence for each mutant that does not type-check, and for errors nobody can be blamed for. */
export function typeFaults(patches: readonly Patch[]): string[] {
  const folder = copyOfSources();
  try {
    const before = complaints(folder);
    return rounds(patches).flatMap((round) => {
      for (const patch of round) {
        const text = readFileSync(join(ROOT, patch.file), 'utf8');
        writeFileSync(join(folder, patch.file), patched(patch, text));
      }
      const found = complaints(folder);
      for (const { file } of round)
        writeFileSync(join(folder, file), readFileSync(join(ROOT, file), 'utf8'));
      return [...found].flatMap(([file, message]) => {
        if (before.has(file)) return [];
        const culprit = round.find((patch) => patch.file === file)?.name ?? 'one of the mutants';
        return [`${culprit} does not type-check: ${file}: ${message}`];
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
