// Does the repository keep its own rules? The entry of `npm run check`.

import { requireNode24 } from './node-version.js';

requireNode24('check');
const { check } = await import('./run.ts');
process.exitCode = check(process.argv.slice(2));
