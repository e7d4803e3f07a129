// Does everything that travels with a call and a reply arrive as it was sent?
import assert from 'node:assert/strict';
import { OffshootError } from '../../error/index.ts';
import type { CallHeaders, Reply } from '../../rpc/index.ts';
import { ANONYMOUS, Principal, servicePrincipal } from '../../security/index.ts';
import type { Check } from '../check.ts';
import type { OpenTransport } from '../transport-under-test.ts';
import { atBakery, codeOf, echo, output, outputOf, seeing } from './scene.ts';

const VALUES: readonly unknown[] = [
  ...[{ a: [1, 2.5, -1e21, 'ü😀\u2028"\\\n', null, true, {}] }, [], 'text', 0, null, false],
  { '': { nested: [[['deep']]] } },
  { [JSON.parse('"\\ud800"')]: 'half a letter' },
];

const HEADERS: CallHeaders = {
  deadlineMs: 4_321,
  correlationId: 'order-7',
  causationId: 'request-9',
  traceparent: '00-11111111111111111111111111111111-3333333333333333-01',
  idempotencyKey: 'ключ 100% "é" \n',
  after: 'orders=000001.0000000000000042',
  attempt: 3,
  criticality: 'sheddable',
};

const REPLIES: readonly Reply[] = [
  { kind: 'output', value: { n: 1 }, after: 'bakery=000001.0000000000000007' },
  { kind: 'output', value: null, after: '', replayed: true, stale: true },
  { kind: 'refusal', code: 'SOLD_OUT', data: { left: 0 } },
  { kind: 'refusal', code: 'SOLD_OUT', data: 'ü', stale: true },
  { kind: 'error', error: { code: 'OVERLOADED', message: 'öfen are full', retryable: true } },
  { kind: 'error', error: { code: 'STORE_CORRUPT', message: 'row 7', retryable: false } },
  {
    kind: 'error',
    error: new OffshootError('UNAVAILABLE', 'm', {
      details: { retried: true, list: [1] },
    }).toJSON(),
  },
];

const PRINCIPALS: readonly Principal[] = [
  servicePrincipal('shop'),
  ANONYMOUS,
  new Principal({ kind: 'user', id: 'u:1' }),
  new Principal({
    ...{ kind: 'user', id: 'ü', roles: ['admin'], permissions: ['a.read', 'b'], tenant: 't' },
  }),
];

export const contents = (open: OpenTransport): Check[] => [
  {
    name: 'JSON values arrive as they were sent, both ways',
    run: atBakery(open, echo, async ({ ask }) => {
      for (const input of VALUES) assert.deepEqual(outputOf(await ask({ input })), input);
    }),
  },
  {
    name: 'what is no JSON arrives as JSON would have it, and nothing as nothing',
    run: atBakery(open, echo, async ({ ask }) => {
      const input = { at: new Date(0), nothing: undefined, not: Number.NaN };
      const expected = { at: '1970-01-01T00:00:00.000Z', not: null };
      assert.deepEqual(outputOf(await ask({ input })), expected);
      assert.equal(outputOf(await ask({ input: undefined })), undefined);
    }),
  },
  {
    name: 'neither side sees what the other changes later',
    run: async () => {
      const held = { items: [1] };
      await atBakery(
        open,
        async ({ input, headers }) => {
          (input as any).items.push(9);
          (headers as any).correlationId = 'stolen';
          return output(held);
        },
        async ({ ask }) => {
          const input = { items: [7] };
          const headers = { correlationId: 'mine' };
          const answer = outputOf(await ask({ input, headers }));
          answer.items.push(2);
          assert.deepEqual(
            [input, headers, held],
            [...[{ items: [7] }, { correlationId: 'mine' }, { items: [1] }]],
          );
        },
      )();
    },
  },
  {
    name: 'every header of the call arrives, and of the deadline what is left',
    run: atBakery(
      open,
      seeing(({ headers }) => headers),
      async ({ ask }) => {
        const { deadlineMs, ...rest } = outputOf(await ask({ headers: HEADERS }));
        const { deadlineMs: given, ...expected } = HEADERS;
        assert.deepEqual(rest, expected);
        assert.ok(deadlineMs > 0 && deadlineMs <= given, `${deadlineMs}`);
      },
    ),
  },
  {
    name: 'a header that was not sent is not there',
    run: atBakery(
      open,
      seeing(({ headers }) => Object.keys(headers)),
      async ({ ask }) => {
        assert.deepEqual(outputOf(await ask()).sort(), [
          ...['causationId', 'correlationId', 'deadlineMs', 'traceparent'],
        ]);
      },
    ),
  },
  {
    name: 'the callee knows who calls: a service, a person, or nobody that is known',
    run: atBakery(
      open,
      seeing(({ principal, service, operation }) => {
        assert.ok(Principal.isSealed(principal));
        const { name, roles, permissions, tenant } = principal;
        return { name, roles, permissions, tenant, service, operation };
      }),
      async ({ ask }) => {
        for (const principal of PRINCIPALS) {
          const { name, roles, permissions, tenant } = principal;
          const where = { service: 'bakery', operation: 'bake' };
          const expected = { name, roles, permissions, tenant, ...where };
          assert.deepEqual(outputOf(await ask({ principal })), expected);
        }
      },
    ),
  },
  {
    name: 'every kind of reply arrives with all that belongs to it',
    run: atBakery(
      open,
      async ({ input }) => REPLIES[Number(input)]!,
      async ({ ask }) => {
        for (const [index, expected] of REPLIES.entries())
          assert.deepEqual(await ask({ input: index }), expected);
      },
    ),
  },
  {
    name: 'an output of nothing is no output of null',
    run: atBakery(
      open,
      async () => output(undefined),
      async ({ ask }) => {
        assert.equal(outputOf(await ask()), undefined);
      },
    ),
  },
  {
    name: 'a reply that is no JSON is an error reply',
    run: atBakery(
      open,
      async () => output(10n),
      async ({ ask }) => {
        assert.equal(codeOf(await ask()), 'INTERNAL_ERROR');
      },
    ),
  },
];
