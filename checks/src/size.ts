// Is any file too long to read in one sitting, or named after nothing?

import { posix } from 'node:path';
import type { Check, Finding } from './finding.ts';
import { isTest } from './source.ts';

export const PRODUCT_LINES_MAX = 400;
export const TEST_LINES_MAX = 500;

/** Finds files over their limit, and names that would gather unrelated things. */
export const size: Check = {
  name: 'size',
  run: (tree) =>
    tree.sources.flatMap(({ file, text }) => [...tooLong(file, text), ...unnamed(file)]),
};

function tooLong(file: string, text: string): Finding[] {
  const lines = text.split('\n').length - Number(text.endsWith('\n'));
  const max = isTest(file) ? TEST_LINES_MAX : PRODUCT_LINES_MAX;
  if (lines <= max) return [];
  const next = 'split it by idea, not by number';
  return [{ file, line: max + 1, what: `has ${lines} lines, over the limit of ${max}`, next }];
}

function unnamed(file: string): Finding[] {
  const name = posix.basename(file).toLowerCase();
  const isVague = /^(types|utils|helpers)\.[^.]+$/.test(name) || /^common|manager/.test(name);
  const isInCommon = posix.dirname(file).split('/').includes('common');
  if (!isVague && !isInCommon) return [];
  const next = 'put each part beside the function that gives it meaning';
  return [{ file, line: 1, what: 'has a name that says nothing about its content', next }];
}
