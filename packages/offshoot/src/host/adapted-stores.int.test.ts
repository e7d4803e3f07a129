// Does a host work on stores that an adapter opens, and refuse other ones than last time?
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { OffshootError } from '../error/index.ts';
import { sqliteStore } from '../store/sqlite/index.ts';
import { toyTopology } from './fixtures/toy.ts';
import { host, type RunningHost } from './host.ts';
import type { OperatorPlace } from './operator-door.ts';
import type { StoreAdapter } from './topology.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-adapted-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Stores somewhere else than in the data folder. */
const elsewhere = (path: string, asked: string[] = []): StoreAdapter => ({
  kind: 'elsewhere',
  async open({ service, collections, sealer, runtime, settings }) {
    asked.push(settings.text('PLACE', 'nowhere'), ...collections.map(({ name }) => name));
    const database = runtime.openDatabase(join(path, `${service}.there`));
    return sqliteStore({ runtime, database, service, sealer, collections });
  },
});

async function start(t: TestContext, data: string, store: StoreAdapter): Promise<RunningHost> {
  const environment = { OFFSHOOT_DATA: data, LOG_LEVEL: 'info', PLACE: 'here' };
  const running = await host({ topology: toyTopology({ store }), environment });
  t.after(() => running.drain());
  return running;
}

test('services keep their state where the adapter says, and find it again', async (t) => {
  const [data, place, asked] = [folderFor(t), folderFor(t), [] as string[]];
  const first = await start(t, data, elsewhere(place, asked));
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ id: 'n1', text: 'hello' });
  await fetch(`${first.url}/api/v1/notes`, { method: 'POST', headers, body });
  await first.drain();
  assert.equal(asked[0], 'here', 'the adapter reads the settings of the host');
  assert.ok(asked.includes('notes') && asked.includes('offshoot.inbox'), asked.join());
  const again = await start(t, data, elsewhere(place));
  const note = await (await fetch(`${again.url}/api/v1/notes/n1`)).json();
  assert.deepEqual(note, { id: 'n1', text: 'hello' });
});

test('other stores than last time are refused', async (t) => {
  const data = folderFor(t);
  await (await start(t, data, elsewhere(folderFor(t)))).drain();
  await assert.rejects(start(t, data, elsewhere(folderFor(t))), { code: 'STORE_MISMATCH' });
});

test('an adapter that cannot open a store keeps the host from starting, and from holding the folder', async (t) => {
  const [data, place] = [folderFor(t), folderFor(t)];
  const away: StoreAdapter = {
    kind: 'away',
    open: async () => {
      throw new OffshootError('UNAVAILABLE', 'nobody is there');
    },
  };
  await assert.rejects(start(t, data, away), { code: 'UNAVAILABLE' });
  await start(t, data, elsewhere(place));
});

test('a backup of stores that are no files is refused with what to do', async (t) => {
  const data = folderFor(t);
  await start(t, data, elsewhere(folderFor(t)));
  const place: OperatorPlace = JSON.parse(readFileSync(join(data, 'operator-toy.json'), 'utf8'));
  const answer = await fetch(`${place.url}/backup`, {
    method: 'POST',
    headers: { authorization: `Bearer ${place.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ to: folderFor(t) }),
  });
  assert.match(await answer.text(), /in elsewhere: back them up with its own tools/);
});
