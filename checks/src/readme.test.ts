// Does the check see missing first commands and dead links?

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect, testCases } from './planted-tree.ts';

const README = 'Try `npm ci && npm start`, then `npm ci && npm test`.\n';

testCases(
  'readme',
  {
    'README.md': README,
    'docs/a page.md': '',
    'packages/cli/bin/launch.js': '',
    '.ci/run': '',
    'node_modules/x/x.md': '',
  },
  {
    'finds links that lead nowhere, in each form': {
      'docs/bad.md': [
        '[a](gone.md) <-',
        '![b](../gone.png "A title") <-',
        '[c]: ./gone.md#part <-',
        '<img src="gone.svg"> <-',
        '[d](</gone page.md>) <-',
        '[g](../../x.md) <-',
        '[h](../node_modules/x/x.md) <-',
        'two on a line: [e](bad.md) and [f](gone.md) <-',
      ].join('\n'),
    },
    'allows links to files, folders, parts of pages and the web': {
      'docs/good.md': [
        '[a](bad.md#part) [b](../README.md) [c](/README.md) [d](..) [e](../packages/cli/) [f](#part)',
        '[g](https://example.com/x.md) [h](mailto:a@example.com) [i](a%20page.md) [j](<a page.md>) [l](../.ci/run)',
        '[k]: good.md "A title"',
      ].join('\n'),
    },
    'reads no links in code': {
      'docs/code.md': 'as in `[a](gone.md)`\n\n```md\n[b](gone.md)\n```\n\n[c](gone.md) <-\n',
    },
  },
);

test('finds a README without the first commands, or none', () => {
  for (const files of [{ 'README.md': 'npm ci && npm start\n' }, { 'docs/x.md': '' }]) {
    const { code, places } = inspect('readme', files);
    assert.equal(code, 1);
    assert.ok(places.every((place) => place === 'README.md:1') && places.length > 0);
  }
});
