// How is a bug planted without a flag in the product? By a loader hook, in a process of its own.
// Use: OFFSHOOT_MUTANT='no inbox mark' node --import ./plant.ts program.ts
import { registerHooks } from 'node:module';
import { patched } from '../../simulation/mutants/mutant.ts';
import { patchNamed } from '../../simulation/mutants/planted.ts';

const name = process.env.OFFSHOOT_MUTANT;
if (name) {
  const patch = patchNamed(name);
  const target = new URL(`../../../${patch.file}`, import.meta.url).href;
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (url !== target) return loaded;
      process.env.OFFSHOOT_MUTANT_LOADED = name;
      return { ...loaded, source: patched(patch, String(loaded.source)) };
    },
  });
}
