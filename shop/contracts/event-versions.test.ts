// Can every event that this shop ever wrote still be read?
import { test } from 'node:test';
import fc from 'fast-check';
import { eventVersions } from 'offshoot/testing';
import { CONTRACTS } from './index.ts';

const events = CONTRACTS.flatMap((one) => Object.values(one.events));

for (const { name, run } of eventVersions({ fc, here: import.meta.url, events })) test(name, run);
