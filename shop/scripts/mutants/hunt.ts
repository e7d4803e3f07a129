// What does one process do that looks for one bug? It runs seeds until something is wrong:
//   [OFFSHOOT_MUTANT=NAME] node --import ./plant.ts hunt.ts FROM COUNT
import { simulate } from 'offshoot/simulation';
import { shopScenario } from '../../simulation/shop-scenario.ts';

/** What a hunter tells its parent. */
export type News =
  /** Everything is loaded, the bug too. */
  | { readonly kind: 'ready' }
  /** A seed begins. */
  | { readonly kind: 'seed'; readonly seed: string }
  /** Something is wrong with it. */
  | { readonly kind: 'found'; readonly seed: string; readonly violation: string }
  /** All seeds ran, and nothing is wrong with any. */
  | { readonly kind: 'over' };

/** A seed is run again to see whether it is still the same: the first, and every so many. */
const AGAIN_EVERY = 20;

const tell = (news: News) => process.send?.(news);

async function verdictOf(seed: bigint) {
  try {
    return await simulate(shopScenario(seed), seed);
  } catch (error) {
    return { hash: '', violations: [`the seed threw: ${String(error)}`] };
  }
}

/** What is wrong with a seed; undefined when nothing is. */
async function wrongWith(seed: bigint, isTwice: boolean): Promise<string | undefined> {
  const { violations, hash } = await verdictOf(seed);
  if (violations[0] !== undefined || !isTwice) return violations[0];
  const again = await verdictOf(seed);
  return again.hash === hash ? undefined : 'the seed differs from itself';
}

async function hunt(from: bigint, count: number): Promise<void> {
  const mutant = process.env.OFFSHOOT_MUTANT;
  if (mutant && process.env.OFFSHOOT_MUTANT_LOADED !== mutant)
    throw new Error(`'${mutant}' was not planted: the simulation never loads its file`);
  tell({ kind: 'ready' });
  for (let step = 0; step < count; step += 1) {
    const seed = from + BigInt(step);
    tell({ kind: 'seed', seed: String(seed) });
    const violation = await wrongWith(seed, step % AGAIN_EVERY === 0);
    if (violation === undefined) continue;
    tell({ kind: 'found', seed: String(seed), violation });
    return;
  }
  tell({ kind: 'over' });
}

const [from = '1', count = '1'] = process.argv.slice(2);
await hunt(BigInt(from), Number(count));
process.disconnect?.();
