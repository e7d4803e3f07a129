#!/usr/bin/env node
// How does the `offshoot` command begin? Plain JavaScript, for the same reason as launch.js.
import { cacheCompiledCode } from './compile-cache.js';
import { requireNode24 } from './node-version.js';

requireNode24('npx offshoot');
await cacheCompiledCode();
await import('../src/main.ts');
