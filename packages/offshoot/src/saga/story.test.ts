import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type StoryEntry, type StoryNode, story } from './index.ts';

const entry = (id: string, at: number, causation: string, more: Partial<StoryEntry> = {}) => ({
  ...{ service: 's', id, type: id, stream: `x/${id}`, key: '', at, causation, data: {} },
  ...more,
});

/** `a(b c(d))` */
const drawn = (nodes: readonly StoryNode<StoryEntry>[]): string =>
  nodes
    .map(({ entry: { id }, children }) => (children.length > 0 ? `${id}(${drawn(children)})` : id))
    .join(' ');

const saga = (id: string) => ({ stream: `saga/${id}` });

test('choreography: each event hangs below the one that caused it, by time', () => {
  const entries = [
    entry('shipped', 30, 'confirmed'),
    entry('placed', 10, 'request'),
    entry('mailed', 31, 'confirmed'),
    entry('confirmed', 20, 'placed'),
  ];
  assert.equal(drawn(story(entries)), 'placed(confirmed(shipped mailed))');
});

test('orchestration: steps and what they did elsewhere hang below the saga’s start', () => {
  const entries = [
    entry('placed', 10, 'request'),
    entry('start', 10, 'request', { type: 'saga.started', ...saga('o') }),
    entry('reserved', 12, 'o', { service: 'stock' }),
    entry('step', 13, 'o', { type: 'saga.step', ...saga('o') }),
    entry('counted', 14, 'reserved', { service: 'counter' }),
    entry('child', 15, 'o', { type: 'saga.started', ...saga('o.part') }),
    entry('deed', 16, 'o.part', { service: 'stock' }),
    entry('decided', 17, 'o', { type: 'saga.decided', ...saga('o') }),
  ];
  assert.equal(drawn(story(entries)), 'placed start(reserved(counted) step child(deed) decided)');
});

test('an entry that is read twice is told once, and a circle is no tree', () => {
  const a = entry('a', 10, 'b');
  assert.equal(drawn(story([a, a, entry('b', 11, 'a'), entry('c', 12, 'c')])), 'a(b) c');
});

test('entries of one moment come in the order of their ids', () => {
  assert.equal(drawn(story([entry('b', 10, 'r'), entry('a', 10, 'r')])), 'a b');
});
