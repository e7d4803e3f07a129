// Does the check see a service that reaches behind another's contract?

import { type Cases, oneFileEach, testCases } from './planted-tree.ts';

const ground = {
  'shop/package.json': '{ "name": "@offshoot/shop" }',
  'shop/contracts/orders.ts': '',
  'shop/services/payments/service.ts': '',
  'shop/services/payments/ledger.ts': '',
  'shop/services/inventory/service.ts': '',
};

const fromService = oneFileEach('shop/services/orders', {
  'finds an import of another service': "import '../payments/ledger.ts'; // <-",
  'trap 32: finds a handler that would write the data of another service':
    "import { payments } from '../payments/ledger.ts'; // <-\nexport const pay = payments;",
  'finds a type import':
    "import type { A } from '../payments/ledger.ts'; // <-\nexport type B = A;",
  'finds an inline type import': "export type B = import('../payments/ledger.ts').A; // <-",
  'finds a re-export': "export { a } from '../payments/service.ts'; // <-",
  'finds a dynamic import': "export const a = import('../payments/service.ts'); // <-",
  'finds a require':
    "import { createRequire } from 'node:module';\ncreateRequire(import.meta.url)('../payments/ledger.ts'); // <-",
  'finds a roundabout path': "import '../../../shop/services/payments/ledger.ts'; // <-",
  'allows contracts, npm, offshoot and its own files':
    "import '../../contracts/orders.ts';\nimport 'zod';\nimport 'offshoot/service';\nimport './order.ts';",
});

const cases: Cases = {
  ...fromService,
  'finds a file that imports its own service.ts': {
    'shop/services/payments/api.ts': "import './service.ts'; // <-",
  },
  'lets a test start its own and other services': {
    'shop/services/orders/x.test.ts': "import './service.ts';\nimport '../payments/service.ts';",
  },
  'lets a test of a service look into no other': {
    'shop/services/orders/y.test.ts': "import '../payments/ledger.ts'; // <-",
  },
  'finds a contract that imports a service': {
    'shop/contracts/x.ts':
      "import type { A } from '../services/payments/ledger.ts'; // <-\nexport type B = A;",
  },
  'finds an edge that imports a service': {
    'shop/edge/web-bff.ts':
      "import '../contracts/orders.ts';\nimport './gateway.ts';\nimport 'offshoot/gateway';\nimport '../services/payments/service.ts'; // <-",
  },
  'finds an edge that imports anything else': {
    'shop/edge/gateway.ts':
      "import 'zod'; // <-\nimport '@offshoot/postgres'; // <-\nimport '../stand-ins/mailbox.ts'; // <-\nimport 'offshootish'; // <-",
  },
  'finds wiring outside topologies, scripts, tests and simulation': {
    'shop/storefront/x.ts': "import '../services/payments/service.ts'; // <-",
    'shop/x.ts': "import './services/payments/service.ts'; // <-",
  },
  'lets topologies, scripts, tests and simulation wire services': {
    'shop/topologies/monolith.ts': "import '../services/payments/service.ts';",
    'shop/scripts/journey.ts': "import '../services/payments/service.ts';",
    'shop/simulation/world.ts': "import '../services/payments/service.ts';",
    'shop/journey.e2e.test.ts': "import './services/payments/service.ts';",
    'shop/edge/gateway.test.ts': "import 'node:test';\nimport '../services/payments/service.ts';",
  },
};

testCases('contracts-only', ground, cases);
