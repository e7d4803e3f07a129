import assert from 'node:assert/strict';
import { test } from 'node:test';
import { golden } from '../testing/index.ts';
import { CALL_HEADERS, RESERVED_HEADERS } from './index.ts';

test('the headers of a call are pinned', () => {
  golden(import.meta.url, 'call-headers', { call: CALL_HEADERS, reserved: RESERVED_HEADERS });
});

test('no two fields share a header, and all are lower case', () => {
  const names = [...Object.values(CALL_HEADERS), ...Object.values(RESERVED_HEADERS)];
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.equal(name, name.toLowerCase());
});
