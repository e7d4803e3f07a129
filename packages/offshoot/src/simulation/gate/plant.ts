// How is a defect planted without a flag in the product? By a loader hook, in a process of its own.
// Use: OFFSHOOT_PLANTED_BUG='no inbox mark' node --import ./plant.ts program.ts
import { registerHooks } from 'node:module';
import { PLANTED_BUGS } from './planted-bugs.ts';

const name = process.env.OFFSHOOT_PLANTED_BUG;
const bug = PLANTED_BUGS.find((one) => one.name === name);
if (!bug) throw new Error(`no planted bug is called '${name}'`);

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith(`/offshoot/src/${bug.file}`)) return loaded;
    const parts = String(loaded.source).split(bug.find);
    if (parts.length !== 2)
      throw new Error(`'${bug.name}' no longer fits ${bug.file}: found ${parts.length - 1} times`);
    process.env.OFFSHOOT_BUG_PLANTED = bug.name;
    return { ...loaded, source: parts.join(bug.replace) };
  },
});
