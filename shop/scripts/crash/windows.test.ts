// Is a kill inside a window only when the disk says something new that nobody was told?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from 'offshoot/store';
import type { Disk } from './disk.ts';
import { isInside, type Reading, watch } from './windows.ts';

/** An entry says it all: `request r`, `step s`, `journal s`, `event`, `handled id`. */
const said = (of: string, word: string) =>
  of.startsWith(`${word} `) ? of.slice(word.length + 1) : undefined;
const reading: Reading = {
  caller: 'caller',
  callees: ['callee'],
  requestOf: ({ type }) => said(type, 'request'),
  stepOf: ({ type }) => said(type, 'step'),
  journaledBy: ({ type }) => said(type, 'journal'),
  handledBy: ({ type }) => said(type, 'handled'),
  isEvent: ({ type }) => type === 'event',
};

function disk(
  logs: Readonly<Record<string, readonly string[]>>,
  torn: Record<string, string> = {},
) {
  return {
    torn: new Map(Object.entries(torn)),
    entries: async (service, after) =>
      (logs[service] ?? [])
        .map((type, index) => ({ type, id: `${service}-${index + 1}`, epoch: 1, seq: index + 1 }))
        .filter(({ seq }) => seq > (after?.seq ?? 0)) as unknown as Entry[],
    documents: async () => new Map(),
    close: async () => {},
  } satisfies Disk;
}
const nobody = () => false;

test('a request that is done and was not answered is inside, once', async () => {
  const looking = watch(reading);
  const logs = { caller: ['request a', 'request b'] };
  const first = await looking.look(disk(logs), (one) => one === 'a');
  assert.equal(first.unacknowledged, 1);
  assert.ok(isInside(first));
  const again = await looking.look(disk(logs), (one) => one === 'a');
  assert.equal(isInside(again), false, 'the next kill proves nothing by it');
});

test('a step whose saga has journaled it is outside, one that it has not is inside', async () => {
  const logs = { callee: ['step s', 'step t'], caller: ['journal s'] };
  const found = await watch(reading).look(disk(logs), nobody);
  assert.equal(found.unjournaled, 1);
  const journaled = { callee: ['step s'], caller: ['journal s'] };
  assert.equal(isInside(await watch(reading).look(disk(journaled), nobody)), false);
});

test('a log that ends in a commit nobody made is inside, and the same end is not a second time', async () => {
  const looking = watch(reading);
  const torn = { 'caller.db': 'here' };
  assert.equal((await looking.look(disk({}, torn), nobody)).torn, 1);
  assert.equal((await looking.look(disk({}, torn), nobody)).torn, 0);
  assert.equal((await looking.look(disk({}, { 'caller.db': 'there' }), nobody)).torn, 1);
});

test('an event that nobody has handled is told, and proves nothing', async () => {
  const logs = { caller: ['event', 'event'], callee: ['handled caller-1'] };
  const found = await watch(reading).look(disk(logs), nobody);
  assert.equal(found.unhandled, 1);
  assert.equal(isInside(found), false);
});
