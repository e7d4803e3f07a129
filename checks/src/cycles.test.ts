// Does the check see every kind of cycle?

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect, manifest, testCases } from './planted-tree.ts';

testCases(
  'cycles',
  {},
  {
    'finds two files that import each other, once': {
      'shop/a/one.ts': "import './two.ts'; // <-",
      'shop/a/two.ts': "import './one.ts';",
    },
    'finds a cycle of types alone': {
      'shop/b/one.ts': "import type { A } from './two.ts'; // <-\nexport type B = A;",
      'shop/b/two.ts': "export type A = import('./one.ts').B;",
    },
    'finds a cycle through re-exports': {
      'shop/c/one.ts': "export { a } from './two.ts'; // <-",
      'shop/c/two.ts': "export * from './three.ts';",
      'shop/c/three.ts': "import { a } from './one.ts';\nexport const b = a;",
    },
    'finds a cycle through a dynamic import': {
      'shop/d/one.ts': "\nexport const a = () => import('./two.ts'); // <-",
      'shop/d/two.ts': "import { a } from './one.ts';\nexport const b = a;",
    },
    'finds a cycle through require': {
      'shop/e/one.ts':
        "import { createRequire } from 'node:module';\nconst load = createRequire(import.meta.url);\nload('./two.ts'); // <-",
      'shop/e/two.ts': "import './one.ts';",
    },
    'finds a file that imports itself': { 'shop/f/one.ts': "import './one.ts'; // <-" },
    'allows many roads to one file': {
      'shop/g/top.ts': "import './left.ts';\nimport './right.ts';",
      'shop/g/left.ts': "import './bottom.ts';",
      'shop/g/right.ts': "import './bottom.ts';",
      'shop/g/bottom.ts': '',
    },
  },
);

test('finds a cycle across packages, through their names', () => {
  const { code, output } = inspect('cycles', {
    'packages/offshoot/package.json': manifest('offshoot', ['store']),
    'packages/offshoot/src/store/index.ts': "export type { A } from '@offshoot/postgres/pool';",
    'packages/postgres/package.json': manifest('@offshoot/postgres', ['pool']),
    'packages/postgres/src/pool/index.ts': "import 'offshoot/store';",
  });
  assert.equal(code, 1);
  const [store, pool] = [
    'packages/offshoot/src/store/index.ts',
    'packages/postgres/src/pool/index.ts',
  ];
  assert.match(output, new RegExp(`^${store}:1: cycles .*${store} -> ${pool} -> ${store}`, 'm'));
});
