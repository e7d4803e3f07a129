// Does the check see imports that climb, in every spelling?

import { type Cases, manifest, oneFileEach, testCases } from './planted-tree.ts';

const SOURCE = 'packages/offshoot/src';

const ground = {
  'packages/offshoot/package.json': manifest('offshoot', [
    'error',
    'store',
    'saga',
    'store/sqlite',
  ]),
  'packages/postgres/package.json': manifest('@offshoot/postgres', ['pool']),
  'packages/postgres/src/pool/index.ts': '',
  'packages/postgres/src/pool/inside.ts': '',
  'shop/package.json': manifest('@offshoot/shop'),
  [`${SOURCE}/error/index.ts`]: '',
  [`${SOURCE}/store/index.ts`]: '',
  [`${SOURCE}/store/log.ts`]: '',
  [`${SOURCE}/store/sqlite/index.ts`]: '',
  [`${SOURCE}/saga/index.ts`]: '',
  [`${SOURCE}/testing/index.ts`]: '',
  [`${SOURCE}/simulation/index.ts`]: '',
};

const climbing = oneFileEach(`${SOURCE}/store`, {
  'finds a static import that climbs': "import { a } from '../saga/index.ts'; // <-\nexport { a };",
  'finds a type import that climbs':
    "import type { A } from '../saga/step.ts'; // <-\nexport type B = A;",
  'finds an inline type import that climbs': "export type B = import('../saga/index.ts').A; // <-",
  'finds a re-export that climbs': "export { a } from '../saga/index.ts'; // <-",
  'finds a re-export of types that climbs': "export type { A } from '../saga/index.ts'; // <-",
  'finds a dynamic import that climbs': "export const a = import('../saga/index.ts'); // <-",
  'finds a dynamic import of a template that climbs':
    'export const a = import(`../saga/index.ts`); // <-',
  'finds a require that climbs':
    "import { createRequire } from 'node:module';\nexport const a = createRequire(import.meta.url)('../saga/index.ts'); // <-",
  'finds a climbing import without extension': "import '../saga'; // <-",
  'finds a climbing import with the extension of built code': "import '../saga/index.js'; // <-",
  'finds product code that imports testing': "import '../testing/index.ts'; // <-",
  'finds its own package by name': "import 'offshoot/error'; // <-",
  'finds its own index': "import './index.ts'; // <-",
  'finds its own index, named by its folder': "import '.'; // <-",
  'finds an adapter by name': "import '@offshoot/postgres/pool'; // <-",
  'finds an adapter by path': "import '../../../postgres/src/pool/index.ts'; // <-",
  'finds the shop': "import '../../../../shop/contracts/orders.ts'; // <-",
  'finds an absolute path': "import '/packages/postgres/src/pool/index.ts'; // <-",
  'finds an undefined inner name': "import '#nowhere'; // <-",
  'allows imports that go down':
    "import '../error/index.ts';\nimport '../error/offshoot-error.ts';",
  'allows imports within the folder': "import './log.ts';\nimport './sqlite/index.ts';",
  'allows npm and Node': "import 'find-my-way';\nimport 'node:path';",
});

const cases: Cases = {
  ...climbing,
  'counts a folder within a folder as that folder': {
    [`${SOURCE}/store/sqlite/open.ts`]:
      "import '../log.ts';\nimport '../../error/index.ts';\nimport '../../saga/index.ts'; // <-",
  },
  'finds the index of an outer folder, from within': {
    [`${SOURCE}/store/sqlite/close.ts`]:
      "import type { A } from '../index.ts'; // <-\nexport type B = A;",
  },
  'finds a folder that is no layer': { [`${SOURCE}/misc/x.ts`]: '// <-\nexport const a = 1;' },
  'finds a file that stands in no layer': { [`${SOURCE}/x.ts`]: '// <-\nexport const a = 1;' },
  'lets a test stand beside the layers': {
    [`${SOURCE}/journey.test.ts`]: "import './saga/index.ts';",
  },
  'lets tests import testing, simulation, their own index and package': {
    [`${SOURCE}/store/x.test.ts`]:
      "import '../testing/index.ts';\nimport '../simulation/index.ts';\nimport './index.ts';\nimport 'offshoot/error';",
  },
  'lets tests climb no higher than that': {
    [`${SOURCE}/store/y.test.ts`]:
      "import '../saga/index.ts'; // <-\nimport 'offshoot/saga'; // <-",
  },
  'finds a deep import past exports': {
    'shop/services/orders/x.ts':
      "import 'offshoot/store';\nimport 'offshoot/store/log'; // <-\nimport 'offshoot'; // <-",
  },
  'finds a path into another package': {
    'shop/services/orders/y.ts':
      "export { a } from '../../../packages/offshoot/src/store/log.ts'; // <-",
    'packages/postgres/src/pool/z.ts': "import '../../../offshoot/src/store/index.ts'; // <-",
  },
  'finds a path into another package from a test': {
    'shop/services/orders/z.test.ts': "import '../../../packages/offshoot/src/store/log.ts'; // <-",
  },
  'finds an own index in other packages': {
    'packages/postgres/src/pool/own.ts': "import './index.ts'; // <-\nimport './inside.ts';",
  },
  'lets adapters import the toolkit by name': {
    'packages/postgres/src/pool/store.ts': "import 'offshoot/store/sqlite';",
  },
};

testCases('layering', ground, cases);
