// Does a topology find the database of each service in the environment, and say what is missing?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settings } from 'offshoot/host';
import { nodeRuntime } from 'offshoot/runtime/node';
import { sealer } from 'offshoot/security';
import { testKeyring } from 'offshoot/testing';
import { postgresStores } from './topology-stores.ts';

const runtime = nodeRuntime();
const keyring = testKeyring(runtime);
const NOBODY = 'postgres://nobody@127.0.0.1:1/none';

const open = (environment: Record<string, string>) =>
  postgresStores().open({
    ...{ runtime, service: 'gift-cards', collections: [], settings: settings(environment) },
    sealer: sealer(keyring, runtime.cryptography),
  });

test('without a URL nothing is opened, and the message names both variables', async () => {
  await assert.rejects(open({}), ({ code, message }: Error & { code?: string }) => {
    assert.equal(code, 'BAD_SETTING');
    assert.match(message, /GIFT_CARDS_DATABASE_URL/);
    return true;
  });
});

test('what is no postgres:// address is refused, and not shown', async () => {
  await assert.rejects(open({ DATABASE_URL: 'mysql://me:hush@h/d' }), (error: Error) => {
    assert.match(error.message, /DATABASE_URL/);
    assert.doesNotMatch(error.message, /hush/);
    return true;
  });
});

test('a service with a URL of its own is not looked for anywhere else', async () => {
  const environment = { DATABASE_URL: 'nonsense', GIFT_CARDS_DATABASE_URL: NOBODY };
  await assert.rejects(open(environment), { code: 'UNAVAILABLE' });
});
