// Does the PostgreSQL store keep the port's promises on a real server?
import { test } from 'node:test';
import { nodeRuntime } from 'offshoot/runtime/node';
import { storeConformance } from 'offshoot/testing';
import { postgresStoreUnderTest } from './store-under-test.ts';

const features = { failedFlush: true, bytes: true, epochs: true, deferred: true };
const open = postgresStoreUnderTest(nodeRuntime());
for (const { name, run } of storeConformance('postgres', open, features)) test(name, run);
