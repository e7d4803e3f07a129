// Does the check see files that are too long or named after nothing?

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect, testCases } from './planted-tree.ts';

const lines = (count: number) => 'export {};\n'.repeat(count);

test('finds files over their limit, at the first line too many', () => {
  const { code, places } = inspect('size', {
    'packages/offshoot/src/store/fits.ts': lines(400),
    'packages/offshoot/src/store/fits.test.ts': lines(500),
    'packages/offshoot/src/store/long.ts': lines(401),
    'packages/offshoot/src/store/long.test.ts': lines(501),
    'packages/offshoot/src/store/unended.ts': `${lines(400)}export {};`,
    'shop/storefront/page.tsx': lines(401),
    'packages/cli/bin/launch.js': lines(401),
    'packages/offshoot/README.md': lines(900),
  });
  assert.equal(code, 1);
  assert.deepEqual(places, [
    'packages/cli/bin/launch.js:401',
    'packages/offshoot/src/store/long.test.ts:501',
    'packages/offshoot/src/store/long.ts:401',
    'packages/offshoot/src/store/unended.ts:401',
    'shop/storefront/page.tsx:401',
  ]);
});

testCases(
  'size',
  {},
  {
    'finds names that say nothing': {
      'shop/a/types.ts': '// <-',
      'shop/a/utils.ts': '// <-',
      'shop/a/helpers.js': '// <-',
      'shop/a/common-errors.ts': '// <-',
      'shop/a/commonErrors.ts': '// <-',
      'shop/a/session-manager.ts': '// <-',
      'shop/a/SessionManager.ts': '// <-',
      'shop/common/money.ts': '// <-',
    },
    'allows names that only contain such a word': {
      'shop/b/event-types.ts': '',
      'shop/b/in-common.ts': '',
      'shop/b/helpers-of-santa.ts': '',
    },
  },
);
