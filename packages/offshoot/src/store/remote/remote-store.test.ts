// Does a store of another process keep the port's promises, also over a wire that fails?
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { nodeRuntime } from '../../runtime/node/index.ts';
import { remoteStoreUnderTest, storeConformance } from '../../testing/index.ts';

const runtime = nodeRuntime();
const root = mkdtempSync(join(tmpdir(), 'offshoot-remote-'));
after(() => rmSync(root, { recursive: true, force: true }));

const features = { failedFlush: true, bytes: true, epochs: true, deferred: true, processes: true };
const open = remoteStoreUnderTest(runtime, root);
for (const { name, run } of storeConformance('remote', open, features)) test(name, run);
