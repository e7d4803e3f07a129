#!/usr/bin/env node
// How does `npm start` begin? Plain JavaScript: an older Node gets a sentence, not a SyntaxError.
import { cacheCompiledCode } from './compile-cache.js';
import { requireNode24 } from './node-version.js';

requireNode24('npm start');
await cacheCompiledCode();
await import('../src/launch.ts');
