import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { anyone, authenticated, ERASED, fromService, permission, role } from '../contract/index.ts';
import { nodeRuntime } from '../runtime/node/index.ts';
import { fragileDatabase, manualRuntime, TEST_MASTER_KEY, testKeyring } from '../testing/index.ts';
import {
  ANONYMOUS,
  authorise,
  embeddedKeyring,
  KeyMissing,
  Principal,
  sealer,
  servicePrincipal,
} from './index.ts';

const runtime = nodeRuntime();
const root = mkdtempSync(join(tmpdir(), 'offshoot-keys-'));
after(() => rmSync(root, { recursive: true, force: true }));
const personal = { subject: 'id', fields: ['name'] };
const ada = { id: 'ada', name: 'Ada Lovelace', town: 'Ely' };

async function ring() {
  const keyring = testKeyring(runtime);
  await keyring.ensure(['ada', 'bob']);
  return { keyring, seals: sealer(keyring, runtime.cryptography) };
}

test('personal fields are sealed and opened, the others left as they are', async () => {
  const { seals } = await ring();
  const sealed = seals.seal(ada, personal, 'e1') as Record<string, any>;
  assert.deepEqual([sealed.id, sealed.town], ['ada', 'Ely']);
  assert.deepEqual(Object.keys(sealed.name).sort(), ['enc', 'keyId', 'subject']);
  assert.ok(!JSON.stringify(sealed).includes('Lovelace'));
  assert.deepEqual(seals.open(sealed, 'e1'), ada);
  assert.equal(ada.name, 'Ada Lovelace', 'what was given is not changed');
});

test('the same value is sealed differently each time', async () => {
  const { seals } = await ring();
  assert.notDeepEqual(seals.seal(ada, personal, 'e1'), seals.seal(ada, personal, 'e1'));
});

test('a sealed field opens only where it was sealed', async () => {
  const { seals } = await ring();
  const sealed = seals.seal(ada, personal, 'e1') as Record<string, any>;
  assert.throws(() => seals.open(sealed, 'e2'));
  assert.throws(() => seals.open({ town: sealed.name }, 'e1'));
  assert.throws(() => seals.open({ name: { ...sealed.name, subject: 'bob' } }, 'e1'));
});

test('a personal value in the shape of a sealed one is sealed like any other', async () => {
  const { seals } = await ring();
  const name = { enc: 'plain text that must not stay', subject: 'ada', keyId: 'k' };
  const sealed = seals.seal({ id: 'ada', name }, personal, 'e1');
  assert.ok(!JSON.stringify(sealed).includes('plain text'));
  assert.deepEqual(seals.open(sealed, 'e1'), { id: 'ada', name });
});

test('an absent personal field stays absent', async () => {
  const { seals } = await ring();
  for (const name of [null, undefined])
    assert.deepEqual(seals.seal({ id: 'ada', name }, personal, 'e1'), { id: 'ada', name });
});

test('without a key nothing is sealed, and after its end everything is erased', async () => {
  const { seals, keyring } = await ring();
  assert.throws(() => seals.seal({ ...ada, id: 'eve' }, personal, 'e1'), KeyMissing);
  const sealed = seals.seal(ada, personal, 'e1');
  await keyring.forget('ada');
  assert.deepEqual(seals.open(sealed, 'e1'), { ...ada, name: ERASED });
  await keyring.ensure(['ada']);
  assert.equal(keyring.find('ada'), 'erased', 'a forgotten key is not made again');
});

test('a keyring refuses another master key, and opens with its own', async () => {
  const path = join(mkdtempSync(join(root, 'a-')), 'keys.db');
  const first = testKeyring(runtime, path);
  await first.ensure(['ada']);
  const key = first.find('ada');
  first.close();
  const open = (fill: number) =>
    embeddedKeyring(runtime, runtime.openDatabase(path), new Uint8Array(32).fill(fill));
  assert.throws(() => open(8), { code: 'STORE_MISMATCH' });
  const again = open(TEST_MASTER_KEY[0]!);
  assert.deepEqual(again.find('ada'), key);
  assert.deepEqual(again.lookupKey, first.lookupKey);
  again.close();
});

test('a forgotten key is in no byte of the keyring any more', async () => {
  const folder = mkdtempSync(join(root, 'b-'));
  const path = join(folder, 'keys.db');
  const keyring = testKeyring(runtime, path);
  await keyring.ensure(['ada']);
  const reader = runtime.openDatabase(path, { readOnly: true });
  const { bytes } = reader.prepare('SELECT bytes FROM keys WHERE subject = ?').get('ada')!;
  reader.close();
  const all = () =>
    Buffer.concat(readdirSync(folder).map((file) => readFileSync(join(folder, file))));
  assert.ok(all().includes(Buffer.from(bytes as Uint8Array)));
  await keyring.forget('ada');
  assert.ok(!all().includes(Buffer.from(bytes as Uint8Array)));
  keyring.close();
});

test('a key that could not be made durable is not there', async () => {
  const database = fragileDatabase(runtime.openDatabase(':memory:'));
  const keyring = embeddedKeyring(runtime, database, TEST_MASTER_KEY);
  database.failNextFlush();
  await assert.rejects(keyring.ensure(['ada']), { code: 'UNAVAILABLE' });
  assert.equal(keyring.find('ada'), 'missing');
  await keyring.ensure(['ada']);
  assert.notEqual(keyring.find('ada'), 'missing');
});

test('another host learns within a minute that a key is gone', async () => {
  const clock = manualRuntime();
  const path = join(mkdtempSync(join(root, 'c-')), 'keys.db');
  const [here, there] = [testKeyring(clock, path), testKeyring(clock, path)];
  await here.ensure(['ada']);
  there.find('ada');
  await here.forget('ada');
  assert.equal(here.find('ada'), 'erased');
  await clock.advance(60_000);
  assert.equal(there.find('ada'), 'erased');
  here.close();
  there.close();
});

test('an identity counts only when it was made here: a look-alike is refused', () => {
  const real = new Principal({ kind: 'user', id: 'ada', roles: ['admin'] });
  const fake = { ...real, name: 'user:ada' } as never;
  const heir = Object.create(real) as Principal;
  assert.equal(Principal.isSealed(real), true);
  for (const other of [fake, heir, null, undefined, 'user:ada', JSON.parse(JSON.stringify(real))]) {
    assert.equal(Principal.isSealed(other), false);
    assert.throws(() => authorise(anyone(), other as never), { code: 'UNAUTHENTICATED' });
  }
  assert.throws(() => Object.assign(real, { id: 'bob' }));
  assert.throws(() => (real.roles as string[]).push('root'));
});

test('access rules let in whom they name', () => {
  const user = (roles: string[] = [], permissions: string[] = []) =>
    new Principal({ kind: 'user', id: 'u', roles, permissions });
  const may = (access: Parameters<typeof authorise>[0], who: Principal) => {
    try {
      authorise(access, who);
      return 'in';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  assert.equal(may(anyone(), ANONYMOUS), 'in');
  assert.equal(may(authenticated(), ANONYMOUS), 'UNAUTHENTICATED');
  assert.equal(may(authenticated(), user()), 'in');
  assert.equal(may(fromService('till'), servicePrincipal('till')), 'in');
  assert.equal(may(fromService('till'), servicePrincipal('other')), 'FORBIDDEN');
  assert.equal(may(fromService('u'), user()), 'FORBIDDEN');
  assert.equal(may(role('admin', 'clerk'), user(['clerk'])), 'in');
  assert.equal(may(role('admin'), user()), 'FORBIDDEN');
  assert.equal(may(permission('a', 'b'), user([], ['a'])), 'FORBIDDEN');
  assert.equal(may(permission('a', 'b'), user([], ['b', 'a'])), 'in');
  assert.equal(may(role('admin'), servicePrincipal('till')), 'FORBIDDEN');
});
