// How is a bug looked for in a process of its own, without waiting for ever?
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { News } from './hunt.ts';

export interface Hunted {
  /** What is wrong, and in which seed; undefined when every seed was right. */
  readonly found: { readonly seed: string; readonly violation: string } | undefined;
  /** From the first seed on. */
  readonly seconds: number;
}

/** A seed takes well under a second; one that takes as long as this never ends. */
const SEED_MS_MAX = 120_000;
const STDERR_MAX = 4_000;

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A process that runs `count` seeds from `from` on, with the patch of this name, if any. */
function started(mutant: string | undefined, from: bigint, count: number): ChildProcess {
  const { OFFSHOOT_MUTANT: _outer, OFFSHOOT_MUTANT_LOADED: _loaded, ...rest } = process.env;
  return fork(path('./hunt.ts'), [String(from), String(count)], {
    execArgv: ['--import', path('./plant.ts')],
    env: mutant === undefined ? rest : { ...rest, OFFSHOOT_MUTANT: mutant },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

/**
 * Looks for the bug of this name until a seed shows it. A seed that does not end, or ends the
 * process, shows it too. Rejects when the bug could not be planted.
 */
export function hunted(mutant: string | undefined, from: bigint, count: number): Promise<Hunted> {
  const child = started(mutant, from, count);
  return new Promise((resolve, reject) => {
    let since: number | undefined;
    let seed = String(from);
    let told: News | undefined;
    let errors = '';
    let alarm: NodeJS.Timeout | undefined;
    const watch = () => {
      clearTimeout(alarm);
      alarm = setTimeout(() => {
        told = { kind: 'found', seed, violation: 'the seed never came to an end' };
        child.kill('SIGKILL');
      }, SEED_MS_MAX);
    };
    child.stderr?.on('data', (text: Buffer) => {
      errors = (errors + String(text)).slice(-STDERR_MAX);
    });
    child.on('message', (news: News) => {
      watch();
      if (news.kind === 'ready') since = performance.now();
      if (news.kind === 'seed') seed = news.seed;
      if (news.kind === 'found' || news.kind === 'over') told = news;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      clearTimeout(alarm);
      const seconds = (performance.now() - (since ?? performance.now())) / 1_000;
      if (since === undefined) reject(new Error(`'${mutant}' cannot be planted: ${errors}`));
      else if (told?.kind === 'found') resolve({ found: told, seconds });
      else if (told?.kind === 'over') resolve({ found: undefined, seconds });
      else resolve({ found: { seed, violation: died(code, errors) }, seconds });
    });
    watch();
  });
}

const died = (code: number | null, errors: string) => {
  const said = errors.split('\n').find((line) => /error/i.test(line)) ?? '';
  return `the process ended with ${code}: ${said.trim()}`;
};
