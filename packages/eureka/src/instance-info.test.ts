// Is an instance the same after it was one of Eureka's, and is one of Spring's understood?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instance } from 'offshoot/discovery';
import { instanceInfo, readInfo } from './instance-info.ts';

test('an instance is read as it was written, and its lease is said in seconds', () => {
  const said = instance({
    ...{ id: 'orders-1', service: 'orders', url: 'https://10.0.0.7:3001', version: '1.4.2' },
    ...{ zone: 'eu-1', weight: 0.5, tags: ['blue', 'canary'], health: 'draining' },
  });
  const info = instanceInfo(said, 30);
  assert.deepEqual(info.leaseInfo, { renewalIntervalInSecs: 10, durationInSecs: 30 });
  assert.deepEqual(readInfo('orders', info), said);
});

test('an instance that Spring registered is read by its address and port', () => {
  const spring = {
    ...{ instanceId: 'box:orders:8080', hostName: 'box', ipAddr: '10.0.0.7', status: 'STARTING' },
    port: { $: 8080, '@enabled': 'true' as const },
    securePort: { $: 443, '@enabled': 'false' as const },
    metadata: { 'management.port': '8080' },
  };
  const found = readInfo('orders', spring);
  assert.deepEqual(
    [found?.id, found?.url, found?.health],
    ['box:orders:8080', 'http://10.0.0.7:8080', 'down'],
  );
});
