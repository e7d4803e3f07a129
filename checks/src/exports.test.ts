// Does the check see entry points that lead nowhere, and stars?

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect, manifest, oneFileEach, testCases } from './planted-tree.ts';

const SOURCE = 'packages/offshoot/src';

testCases(
  'exports',
  {
    'packages/offshoot/package.json': manifest('offshoot', ['store', 'store/sqlite']),
    [`${SOURCE}/store/index.ts`]: "export { a } from './log.ts';",
    [`${SOURCE}/store/sqlite/index.ts`]: "export type { A } from './a.ts';",
  },
  {
    'finds a folder of the toolkit without an entry': { [`${SOURCE}/saga/index.ts`]: '// <-' },
    'finds a star in an index': {
      'packages/kafka/src/index.ts': "export { a } from './a.ts';\nexport * from './b.ts'; // <-",
    },
    'finds a star of types in an index': {
      [`${SOURCE}/store/memory/index.ts`]: "export type * from './b.ts'; // <-",
    },
    'finds a star in an entry that is no index': {
      'packages/nats/package.json': '{ "name": "nats", "exports": { ".": "./src/entry.ts" } }',
      'packages/nats/src/entry.ts': "export * from './b.ts'; // <-",
    },
    'allows a star with a name': { 'packages/etcd/src/index.ts': "export * as b from './b.ts';" },
    ...oneFileEach(`${SOURCE}/store`, {
      'allows a star in a file that is no entry': "export * from './log.ts';",
    }),
  },
);

test('finds an entry that leads nowhere, in every condition, at its line', () => {
  const { code, places } = inspect('exports', {
    'packages/grpc/package.json': `{
  "name": "@offshoot/grpc",
  "exports": {
    ".": "./src/index.ts",
    "./gone": "./src/gone.ts",
    "./half": { "types": "./src/index.ts", "default": "./src/half.ts" },
    "./all/*": "./src/all/*.ts",
    "./none/*": "./src/none/*.ts",
    "./package.json": "./package.json"
  }
}`,
    'packages/grpc/src/index.ts': '',
    'packages/grpc/src/all/one.ts': '',
  });
  assert.equal(code, 1);
  assert.deepEqual(
    places,
    [5, 6, 8].map((line) => `packages/grpc/package.json:${line}`),
  );
});

test('finds an entry of the toolkit that leads to another folder or past the index', () => {
  const { code, places } = inspect('exports', {
    'packages/offshoot/package.json': `{
  "name": "offshoot",
  "exports": {
    "./store": "./src/store/index.ts",
    "./saga": "./src/store/index.ts",
    "./log": "./src/store/log.ts"
  }
}`,
    [`${SOURCE}/store/index.ts`]: '',
    [`${SOURCE}/store/log.ts`]: '',
  });
  assert.equal(code, 1);
  assert.deepEqual(
    places,
    [5, 6].map((line) => `packages/offshoot/package.json:${line}`),
  );
});
