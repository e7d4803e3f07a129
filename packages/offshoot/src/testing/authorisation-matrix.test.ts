// Does the matrix know every kind of caller, and does a rule that is missing or wrong show in it?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  anyone,
  authenticated,
  command,
  contract,
  fromService,
  jsonSchema,
  permission,
  query,
  role,
} from '../contract/index.ts';
import { authorise } from '../security/index.ts';
import { authorisationMatrix, withoutAccess } from './index.ts';

const any = jsonSchema<object>({ type: 'object' });
const form = { input: any, output: any };
const library = contract('library', {
  version: 1,
  operations: {
    look: query('GET /', { ...form, access: anyone() }),
    borrow: command('POST /loans', { ...form, access: authenticated() }),
    buy: command('POST /books', { ...form, access: role('librarian', 'director') }),
    burn: command('DELETE /books', { ...form, access: permission('burn', 'own-matches') }),
    count: query('GET /count', { ...form, access: fromService('audit') }),
  },
  events: {},
});

const refusedBy = (judge: typeof authorise) =>
  authorisationMatrix([library]).filter(({ operation, principal, expected }) => {
    let verdict: string = 'admitted';
    try {
      judge(operation.access, principal);
    } catch (error) {
      verdict = (error as { code: string }).code;
    }
    return verdict !== expected;
  });

test('what the contract says is what is decided, for every kind of principal', () => {
  assert.deepEqual(refusedBy(authorise), []);
  const kinds = [...new Set(authorisationMatrix([library]).map(({ who }) => who))];
  assert.deepEqual(kinds, [
    ...['anonymous', 'user', 'user:librarian', 'user:director'],
    ...['user:+burn', 'user:+own-matches', 'user:+all'],
    ...['service:library', 'service:audit', 'service:stranger'],
  ]);
});

const HOLES: Readonly<Record<string, (...asked: Parameters<typeof authorise>) => void>> = {
  'lets everybody in': () => {},
  'forgets roles': (access, who) => {
    if (access.kind !== 'users' || access.roles.length === 0) authorise(access, who);
  },
  'takes one permission for all': (access, who) => {
    const some = access.kind === 'users' && who.permissions.length > 0;
    if (!some) authorise(access, who);
  },
  'lets any service in': (access, who) => {
    if (access.kind !== 'services' || who.kind !== 'service') authorise(access, who);
  },
  'takes nobody for somebody': (access, who) => {
    if (access.kind !== 'authenticated') authorise(access, who);
  },
};
for (const [how, hole] of Object.entries(HOLES))
  test(`a service that ${how} is found`, () => {
    assert.ok(refusedBy(hole).length > 0);
  });

test('an operation that does not say who may call it is found', () => {
  assert.deepEqual(withoutAccess([library]), []);
  const hasty = contract('hasty', {
    version: 1,
    operations: { peek: query('GET /', form) },
    events: {},
  });
  assert.deepEqual(withoutAccess([library, hasty]), ['hasty.peek']);
});
