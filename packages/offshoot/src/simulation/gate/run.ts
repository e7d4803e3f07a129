// Runs seeds of the toy scenario: node run.ts FROM COUNT [--until-violation]; a JSON line a seed.
import { simulate } from '../simulate.ts';
import { toyScenario } from './toy-scenario.ts';

const [from = '1', count = '50', stop] = process.argv.slice(2);
if (process.env.OFFSHOOT_PLANTED_BUG !== process.env.OFFSHOOT_BUG_PLANTED)
  throw new Error('the bug was not planted: its file was never loaded');

for (let seed = BigInt(from); seed < BigInt(from) + BigInt(count); seed += 1n) {
  const { hash, violations, faults } = await simulate(toyScenario, seed);
  console.log(JSON.stringify({ seed: String(seed), hash, violations, faults }));
  if (stop === '--until-violation' && violations.length > 0) break;
}
