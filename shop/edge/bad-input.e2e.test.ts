// Does the shop answer everything that is wrong with a documented 4xx, and change nothing?
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { edgePath, isAtEdge, jsonForm, parse } from 'offshoot/contract';
import { host, type RunningHost, topology } from 'offshoot/host';
import { nodeRuntime } from 'offshoot/runtime/node';
import { falseTokens } from '../bad-input/false-tokens.ts';
import { type Form, sampleOf } from '../bad-input/sample.ts';
import { BROKEN_BODIES, spoiledForms } from '../bad-input/spoiled.ts';
import { CONTRACTS } from '../contracts/index.ts';
import { monolith } from '../topologies/monolith.ts';

const ADMIN = 'admin@example.test';
const AT_ONCE = 32;
const TARGET_MAX = 4_000;
const HOURS_MS = 2 * 3_600_000;

/** Every operation that the edge routes, with an input that would do. */
const OPERATIONS = CONTRACTS.flatMap((contract) =>
  Object.values(contract.operations)
    .filter(isAtEdge)
    .map((operation) => {
      const path = edgePath(contract, operation);
      const form = sentBy(operation, jsonForm(operation.input, 'input', path) as Form);
      const good = sampleOf(form) as Record<string, unknown>;
      const hasBody = operation.method !== 'GET' && operation.method !== 'DELETE';
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
      return {
        name: `${operation.service}.${operation.name}`,
        operation,
        path,
        form,
        good,
        hasBody,
        inPath,
      };
    }),
);
type Target = (typeof OPERATIONS)[number];

/** Without the field that comes from If-Match: no body can set it. */
function sentBy({ spec }: { spec: { ifMatch?: string } }, form: Form): Form {
  const { properties = {}, required = [] } = form;
  const left = Object.entries(properties).filter(([name]) => name !== spec.ifMatch);
  const needed = required.filter((name) => name !== spec.ifMatch);
  return { ...form, properties: Object.fromEntries(left), required: needed };
}

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

let folder: string;
let shop: RunningHost;
let documented: any;
let admin: string;
let customer: string;
let tokens: ReturnType<typeof falseTokens>;

async function send(
  { operation, path, hasBody, inPath, good }: Target,
  { input = good, raw, headers = {} }: { input?: any; raw?: any; headers?: Record<string, any> },
): Promise<Answer> {
  const whole = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(textOf(input[name])));
  const rest = Object.entries(input).filter(([name]) => !inPath.includes(name));
  const query = rest.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, textOf(one)]),
  );
  const search = hasBody || query.length === 0 ? '' : `?${new URLSearchParams(query)}`;
  const body = raw ?? JSON.stringify(Object.fromEntries(rest));
  const usual: Record<string, string> = {
    ...(hasBody ? { 'content-type': 'application/json' } : {}),
    ...(operation.spec.idempotencyKey === 'required' ? { 'idempotency-key': 'bad-input' } : {}),
    ...(operation.spec.ifMatch ? { 'if-match': '"1"' } : {}),
    authorization: `Bearer ${admin}`,
  };
  const all = Object.entries({ ...usual, ...headers }).filter(([, value]) => value !== undefined);
  const answer = await fetch(`${shop.url}${whole}${search}`, {
    method: operation.method,
    headers: Object.fromEntries(all),
    ...(hasBody ? { body } : {}),
  });
  const type = answer.headers.get('content-type');
  return { status: answer.status, type, text: await answer.text() };
}

const textOf = (value: unknown) =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed();

/** Throws unless the answer is a problem that the API's description promises for this operation. */
function assertDocumented({ name, operation, path }: Target, how: string, answer: Answer): string {
  const { status, type, text } = answer;
  const where = `${name} with ${how}: ${status} ${text.slice(0, 300)}`;
  assert.ok(status >= 400 && status < 500, where);
  assert.equal(type, 'application/problem+json', where);
  const problem = JSON.parse(text);
  assert.equal(problem.status, status, where);
  assert.equal(problem.type, `https://offshoot.dev/errors/${problem.code}`, where);
  // A path can be spoiled so much that it is another one.
  if (problem.code === 'ROUTE_NOT_FOUND' || problem.code === 'METHOD_NOT_ALLOWED')
    return problem.code;
  const promised = documented.paths[path][operation.method.toLowerCase()].responses[status];
  assert.ok(promised?.description.split(', ').includes(problem.code), `not documented: ${where}`);
  return problem.code;
}

async function inBatches<T>(all: readonly T[], task: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < all.length) await task(all[next++]!);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** What every store of the shop holds, but for what the toolkit itself keeps to do its work. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder)
    .filter((one) => one.endsWith('.db'))
    .sort()) {
    const database = new DatabaseSync(join(folder, file), { readOnly: true });
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE name = 'log'").all();
    const rows = (sql: string) => hash.update(JSON.stringify(database.prepare(sql).all()));
    if (tables.length > 0) {
      rows('SELECT count(*) AS entries, max(seq) AS head FROM log');
      rows("SELECT collection, id, revision FROM documents WHERE collection NOT LIKE 'offshoot.%'");
    }
    database.close();
  }
  return hash.digest('hex');
}

/** The stores as they are when nothing is on its way between services any more. */
async function settled(): Promise<string> {
  for (let last = '', same = 0; ; ) {
    const now = fingerprint();
    same = now === last ? same + 1 : 0;
    if (same === 5) return now;
    last = now;
    await sleep(100);
  }
}

const post = async (path: string, body: object) => {
  const answer = await fetch(`${shop.url}/api/v1/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return (await answer.json()) as any;
};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offshoot-bad-input-'));
  const real = nodeRuntime();
  let behindMs = 0;
  shop = await host({
    topology: topology({ ...monolith, limits: { factor: 1_000 } }),
    runtime: { ...real, now: () => real.now() - behindMs },
    environment: {
      OFFSHOOT_DATA: folder,
      OFFSHOOT_ADMIN_EMAIL: ADMIN,
      LOG_LEVEL: 'error',
      PORT: '0',
      PROVIDER_URL: 'http://127.0.0.1:1',
      SMTP_URL: 'smtp://127.0.0.1:1',
    },
  });
  documented = await (await fetch(`${shop.url}/openapi.json`)).json();
  const password = randomBytes(9).toString('hex');
  const logIn = (email: string) => post('login', { email, password });
  const signUp = (email: string) => post('signup', { email, password, name: 'Ada' });
  await Promise.all([signUp(ADMIN), signUp('customer@example.test')]);
  behindMs = HOURS_MS;
  const { accessToken: expired } = await logIn('customer@example.test');
  behindMs = 0;
  admin = (await logIn(ADMIN)).accessToken;
  const { accessToken, refreshToken } = await logIn('customer@example.test');
  customer = accessToken;
  const foreign = real.cryptography.signingKey(randomBytes(32));
  tokens = falseTokens({ good: customer, expired, refreshToken, foreign });
});

after(async () => {
  await shop?.drain();
  rmSync(folder, { recursive: true, force: true });
});

describe('bad input at the edge', () => {
  let untouched: string;
  const seen = new Map<string, number>();
  const check = async (target: Target, how: string, sending: Parameters<typeof send>[1]) => {
    const code = assertDocumented(target, how, await send(target, sending));
    seen.set(code, (seen.get(code) ?? 0) + 1);
    return code;
  };
  before(async () => {
    untouched = await settled();
  });

  test('no token, and no token that is wrong, opens an operation that needs one', async () => {
    const cases = OPERATIONS.flatMap((target) =>
      Object.entries(tokens).map(([how, authorization]) => ({ target, how, authorization })),
    );
    await inBatches(cases, async ({ target, how, authorization }) => {
      // Without a token what is for anybody goes on to its input, which may be fine.
      if (authorization === undefined && target.operation.access.kind === 'anyone') return;
      const code = await check(target, how, { headers: { authorization } });
      assert.equal(code, 'UNAUTHENTICATED', `${target.name} with ${how}`);
    });
  });

  test('a customer’s token opens nothing of an administrator', async () => {
    const headers = { authorization: `Bearer ${customer}` };
    const restricted = OPERATIONS.filter(({ operation }) => operation.access.kind === 'users');
    assert.ok(restricted.length > 0);
    await inBatches(restricted, async (target) => {
      assert.equal(await check(target, 'a customer’s token', { headers }), 'FORBIDDEN');
    });
  });

  test('wrong types, missing fields, oversized and hostile values are refused', async () => {
    const cases = OPERATIONS.flatMap((target) =>
      spoiledForms(target.form, target.good)
        .filter(({ value }) => !fitsOnTheWire(target, value as Record<string, unknown>))
        // A longer target is no request line any more: Node itself answers 431.
        .filter(({ value }) => targetLength(target, value as Record<string, unknown>) < TARGET_MAX)
        .map(({ how, value }) => ({ target, how, value })),
    );
    assert.ok(cases.length > 500, `only ${cases.length} cases`);
    await inBatches(cases, async ({ target, how, value }) => {
      await check(target, how, { input: value });
    });
  });

  test('bodies that are none, of another type, or too large are refused', async () => {
    const targets = OPERATIONS.filter(({ hasBody }) => hasBody);
    const cases = targets.flatMap((target) => [
      ...BROKEN_BODIES.map(({ how, body }) => ({ target, how, sending: { raw: body } })),
      { target, how: 'bytes that are no UTF-8', sending: { raw: Buffer.from([0x7b, 0xff, 0x7d]) } },
      { target, how: 'a form', sending: { raw: 'a=1', headers: { 'content-type': 'text/plain' } } },
      { target, how: 'a coding', sending: { headers: { 'content-encoding': 'gzip' } } },
      { target, how: 'a megabyte too much', sending: { raw: `{"a":"${'x'.repeat(1_048_576)}"}` } },
    ]);
    await inBatches(
      cases,
      async ({ target, how, sending }) => void (await check(target, how, sending)),
    );
  });

  test('idempotency keys that are none are refused', async () => {
    const commands = OPERATIONS.filter(({ operation }) => operation.kind === 'command');
    const keys = ['', 'a b', 'x'.repeat(300), '"unclosed', 'a,b'];
    const cases = commands.flatMap((target) => keys.map((key) => ({ target, key })));
    await inBatches(cases, async ({ target, key }) => {
      await check(target, `the key '${key}'`, { headers: { 'idempotency-key': key } });
    });
  });

  test('preconditions that are missing, none, or of another time are refused', async () => {
    const guarded = OPERATIONS.filter(({ operation }) => operation.spec.ifMatch !== undefined);
    const expected = [
      [undefined, 'PRECONDITION_REQUIRED'],
      ['1', 'VALIDATION_FAILED'],
      ['"a" "b"', 'VALIDATION_FAILED'],
    ] as const;
    const cases = guarded.flatMap((target) => expected.map((one) => ({ target, one })));
    await inBatches(cases, async ({ target, one: [tags, code] }) => {
      const headers = { 'if-match': tags };
      assert.equal(await check(target, `If-Match: ${tags}`, { headers }), code);
    });
    await inBatches(guarded, async (target) => {
      await check(target, 'a tag of another time', { headers: { 'if-match': 'W/"1", "999"' } });
    });
  });

  test('and nothing of it changed anything, in no store', async () => {
    assert.equal(await settled(), untouched);
    const counted = [...seen.values()].reduce((sum, one) => sum + one, 0);
    assert.ok(counted > 1_000, `only ${counted} requests`);
    for (const code of ['UNAUTHENTICATED', 'FORBIDDEN', 'VALIDATION_FAILED', 'MALFORMED_BODY'])
      assert.ok(seen.has(code), code);
  });
});

/** Characters of a value that travel in the path and the query. */
function targetLength({ hasBody, inPath }: Target, value: Record<string, unknown>): number {
  const inTarget = Object.entries(value).filter(([name]) => !hasBody || inPath.includes(name));
  return inTarget.reduce((sum, [, one]) => sum + textOf(one).length, 0);
}

/** Whether what arrives fits after all: all of a query and a path arrives as text. */
function fitsOnTheWire({ operation, hasBody, inPath }: Target, value: Record<string, unknown>) {
  const arrived = Object.entries(value).map(([name, one]) => {
    if (hasBody && !inPath.includes(name)) return [name, JSON.parse(JSON.stringify(one) ?? 'null')];
    if (!Array.isArray(one) || inPath.includes(name)) return [name, textOf(one)];
    if (one.length === 0) return [name, undefined];
    return [name, one.length === 1 ? textOf(one[0]) : one.map(textOf)];
  });
  const { ifMatch } = operation.spec;
  const tags = ifMatch === undefined ? {} : { [ifMatch]: ['1'] };
  return parse(operation.input, { ...Object.fromEntries(arrived), ...tags }).ok;
}
