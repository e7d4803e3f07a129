// Is the whole story told, orchestrated or choreographed, by any id of it?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoryNode } from '../saga/index.ts';
import { saga } from '../saga/index.ts';
import { doing, Errand, errands, undoneByA, works } from '../testing/errands.ts';
import type { ShownEntry } from './event-log.ts';
import { storyVerbs, type ToldStory } from './story-verbs.ts';

const tour = saga('tour', { version: 1, input: Errand })
  .step('a', works.a, undoneByA)
  .sleep('rest', 1_000)
  .pivot('b', works.b, doing)
  .end();

const types = (nodes: readonly StoryNode<ShownEntry>[], depth = 0): string[] =>
  nodes.flatMap(({ entry, children }) => [
    `${'  '.repeat(depth)}${entry.type}`,
    ...types(children, depth + 1),
  ]);

test('a story is told by its correlation id, and by the id of what it is about', () =>
  errands([tour], async ({ it, begin }) => {
    await begin('tour', 't1');
    await it.runtime.advance(2_000);
    const services = [it.service('office'), it.service('works')];
    const { story } = storyVerbs({ runtime: it.runtime, services, keyring: it.keyring });
    const ask = async (id: string): Promise<ToldStory> => {
      const answer = story!({ id }) as Promise<ToldStory>;
      await it.runtime.settle();
      return answer;
    };
    const told = await ask('correlation');
    assert.deepEqual(told.correlations, ['correlation']);
    assert.deepEqual(types(told.roots), ['saga.started', ...Array(4).fill('  saga.step')]);
    assert.deepEqual(await ask('t1'), told);
    const nothing = { correlations: [], roots: [], entries: 0, isCut: false };
    assert.deepEqual(await ask('nobody'), nothing);
  }));
