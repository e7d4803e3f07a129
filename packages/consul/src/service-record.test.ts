// Is an instance the same after it was a service of Consul?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instance } from 'offshoot/discovery';
import { type HealthEntry, readEntry, serviceRecord } from './service-record.ts';

const entry = (record: ReturnType<typeof serviceRecord>): HealthEntry => ({
  Node: { Address: '10.0.0.1' },
  Service: { ...record, Service: record.Name },
});

test('an instance is read as it was written', () => {
  const said = instance({
    ...{ id: 'orders-1', service: 'orders', url: 'https://[fd00::7]/api', version: '1.4.2' },
    ...{ zone: 'eu-1', weight: 0.5, tags: ['blue'], health: 'draining' },
  });
  const record = serviceRecord(said);
  assert.deepEqual([record.Address, record.Port], ['fd00::7', 443]);
  assert.deepEqual(readEntry(entry(record)), said);
});

test('a service that others registered is read by its address and port', () => {
  const Service = {
    ID: 'redis',
    Service: 'redis',
    Address: '',
    Port: 6379,
    Tags: null,
    Meta: null,
  };
  const found = readEntry({ Node: { Address: '10.0.0.1' }, Service });
  assert.deepEqual([found?.url, found?.weight, found?.health], ['http://10.0.0.1:6379', 1, 'up']);
});

test('a name that is no service name here is left out', () => {
  const Service = { ID: 'x', Service: 'Legacy_App', Address: 'a', Port: 1, Tags: [], Meta: {} };
  assert.equal(readEntry({ Node: { Address: 'a' }, Service }), undefined);
});
