// Does a replay follow a recorded saga through everything, and say exactly where code parts from it?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replay, type SagaDefinition, saga } from '../saga/index.ts';
import {
  type Answer,
  doing,
  Errand,
  errands,
  undoneByA,
  undoneByB,
  works,
} from '../testing/errands.ts';

const WHO = { by: 'user:ann', why: '' };
const REFUSED = { kind: 'refusal', code: 'NO', data: null } as const;

const part = saga('part', { version: 1, input: Errand }).pivot('c', works.c, doing).end();
const tour = saga('tour', { version: 1, input: Errand })
  .step('a', works.a, undoneByA)
  .sleep('rest', 1_000)
  .wait('word', { timeoutMs: 60_000 })
  .child('part', part, undoneByB)
  .pivot('b', works.b, doing)
  .step('look', works.look, doing)
  .end();

type Story = { readonly id: string; readonly history: readonly { type: string; data: any }[] };

/** Records one tour; `happens` says what is done to it. */
async function recorded(
  happens: (all: Parameters<Parameters<typeof errands>[1]>[0]) => Promise<void>,
  answer?: Answer,
): Promise<Story> {
  let story: Story | undefined;
  await errands(
    [part, tour],
    async (all) => {
      await all.begin('tour', 't');
      await all.it.runtime.settle();
      await happens(all);
      story = { id: 't', history: await all.journal('t') };
    },
    answer,
  );
  return story!;
}

const whole = () =>
  recorded(async ({ it, say }) => {
    await it.runtime.advance(1_000);
    await say('tour', 't', 'word');
    await it.runtime.settle();
  });

test('sleeps, waits, children and their ends replay', async () => {
  const story = await whole();
  assert.equal(story.history.at(-1)?.data.status, 'completed');
  assert.equal(replay(tour, story), undefined);
});

test('a wait in vain, a cancel, and a decision of a person replay', async () => {
  const inVain = await recorded(({ it }) => it.runtime.advance(61_000));
  assert.equal(inVain.history.at(-1)?.data.status, 'compensated');
  assert.equal(replay(tour, inVain), undefined);
  const cancelled = await recorded(async ({ it, cancel }) => {
    await cancel('tour', 't');
    await it.runtime.settle();
  });
  assert.equal(replay(tour, cancelled), undefined);
  const away: Answer = async (call, next) =>
    call.operation === 'b'
      ? { kind: 'error', error: { code: 'UNAVAILABLE', message: '', retryable: true } }
      : next(call);
  const decided = await recorded(async ({ it, say }) => {
    await it.runtime.advance(1_000);
    await say('tour', 't', 'word');
    await it.runtime.advance(24 * 3_600_000);
    await it.service('office').sagas.resume('t', WHO);
    await it.runtime.advance(24 * 3_600_000);
    await it.service('office').sagas.compensate('t', { ...WHO, force: true });
    await it.runtime.settle();
  }, away);
  assert.equal(decided.history.at(-1)?.data.status, 'compensated');
  assert.equal(replay(tour, decided), undefined);
});

test('a replay says where code and record part, and in what', async () => {
  const story = await whole();
  const refused = await recorded(
    ({ it }) => it.runtime.advance(61_000),
    async (call, next) => (call.operation === 'b' ? REFUSED : next(call)),
  );
  const [a, rest, ...others] = tour.steps;
  const look = (change: Partial<SagaDefinition>, of = story) => replay({ ...tour, ...change }, of);
  assert.deepEqual(look({ version: 2 }), { at: 0, what: 'version', recorded: 1, now: 2 });
  assert.deepEqual(look({ name: 'trip' }), { at: 0, what: 'saga', recorded: 'tour', now: 'trip' });
  assert.deepEqual(look({ steps: [rest!, a!, ...others] }), {
    ...{ at: 1, what: 'step', recorded: 'a', now: 'rest' },
  });
  const longer = { steps: [...tour.steps, a!] };
  assert.deepEqual(look(longer), {
    ...{ at: story.history.length - 1, what: 'status', recorded: 'completed', now: 'running' },
  });
  const { kind: _kind, ...call } = a!;
  const nothing = { ...call, compensate: undefined, kind: 'call' } as typeof a;
  assert.deepEqual(look({ steps: [nothing!, rest!, ...others] }, refused)?.what, 'status');
  assert.deepEqual(replay(tour, { ...story, id: 'u' })?.what, 'key');
});
