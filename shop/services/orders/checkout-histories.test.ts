// May a checkout that began yesterday go on with today's code?
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { replay, type SagaDefinition, type SagaHistory, type Step } from 'offshoot/saga';
import { checkout } from './checkout.ts';

/** Recorded once, never changed: a checkout that changes its steps is a new version beside this. */
const FOLDER = join(import.meta.dirname, 'histories');
const DEFINITIONS: readonly SagaDefinition[] = [checkout];

const NAME = /^(\w+)-v(\d+)-(.+)\.json$/;
const histories = readdirSync(FOLDER).map((file) => {
  const [, saga, version, what = ''] = NAME.exec(file) ?? [];
  const definition = DEFINITIONS.find(
    (one) => one.name === saga && one.version === Number(version),
  );
  const history: SagaHistory = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
  return { what, file, definition, history };
});

for (const { what, file, definition, history } of histories)
  test(`a recorded checkout replays against the code of its version: ${what}`, () => {
    assert.ok(definition, `${file}: its version is gone, and sagas may still run on it`);
    assert.equal(replay(definition, history), undefined);
  });

const changed = (change: (steps: Step[]) => Step[], version = 1): SagaDefinition => ({
  ...checkout,
  version,
  steps: change([...checkout.steps]),
});

for (const [what, definition] of [
  ['two steps change places', changed(([a, b, ...rest]) => [b!, a!, ...rest])],
  ['a step has another name', changed(([a, ...rest]) => [{ ...a!, name: 'hold' }, ...rest])],
  ['a step is left out', changed(([a, , ...rest]) => [a!, ...rest])],
  [
    'a compensation is left out',
    changed(([a, ...rest]) => [{ ...a!, compensate: undefined } as Step, ...rest]),
  ],
  ['the pivot is another step', { ...checkout, pivot: 1 }],
  ['the version is another', changed((steps) => steps, 2)],
] as const)
  test(`a change of a running checkout is found by its histories: ${what}`, () => {
    const found = histories.filter(({ history }) => replay(definition, history));
    assert.notEqual(found.length, 0);
  });
