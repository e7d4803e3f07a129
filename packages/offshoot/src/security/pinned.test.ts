import { test } from 'node:test';
import { formOf, golden, manualRuntime, TEST_MASTER_KEY } from '../testing/index.ts';
import { embeddedKeyring, sealer } from './index.ts';

test('the key file and a sealed field are pinned', async () => {
  const runtime = manualRuntime();
  const database = runtime.openDatabase(':memory:');
  const keyring = embeddedKeyring(runtime, database, TEST_MASTER_KEY);
  await keyring.ensure(['ada']);
  const columns = database
    .prepare('PRAGMA table_info(keys)')
    .all()
    .map(({ name }) => name);
  const personal = { subject: 'id', fields: ['name'] };
  const sealed = sealer(keyring, runtime.cryptography).seal(
    { id: 'ada', name: 'Ada' },
    personal,
    'event-1',
  );
  golden(import.meta.url, 'key-file', { tables: { keys: columns }, sealed: formOf(sealed) });
});
