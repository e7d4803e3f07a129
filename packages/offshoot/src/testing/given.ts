// How does a test of a decider read: given what happened, when this is asked, then that?
import assert from 'node:assert/strict';
import { type Decider, fold, type Happened } from '../aggregate/index.ts';

export interface When<State, Decided> {
  /** What was decided, type and data of events only. */
  thenDecides(expected: unknown): void;
  /** The decision failed like this. */
  thenThrows(expected: object | RegExp): void;
  /** Looks at the decision itself. */
  thenCheck(check: (decided: Decided) => void): void;
  /** The state after what was decided, if events were. */
  thenState(expected: State): void;
}

export interface GivenEvents<State, Command, Decided> {
  when(command: Command): When<State, Decided>;
  /** The state after what was given. */
  thenState(expected: State): void;
}

/** Events by name and data, so that a test names only what matters; anything else as it is. */
function essence(decided: unknown): unknown {
  if (!Array.isArray(decided)) return decided;
  return decided.map(({ type, data }: Happened) => ({ type, data }));
}

/**
 * Tests a decider without a store.
 *
 * @example
 * given(counter, [{ type: 'counted', data: { by: 2 } }])
 *   .when(3)
 *   .thenDecides([{ type: 'counted', data: { by: 3 } }]);
 */
export function given<State, Command, Decided>(
  decider: Decider<State, Command, Decided>,
  events: readonly Happened[] = [],
): GivenEvents<State, Command, Decided> {
  const before = fold(decider, events);
  return {
    thenState: (expected) => assert.deepEqual(before, expected),
    when(command) {
      const decide = () => decider.decide(command, before);
      return {
        thenDecides: (expected) => assert.deepEqual(essence(decide()), expected),
        thenThrows: (expected) => assert.throws(decide, expected),
        thenCheck: (check) => check(decide()),
        thenState(expected) {
          const decided: unknown = decide();
          assert.ok(Array.isArray(decided), 'the decision was no list of events');
          assert.deepEqual(fold(decider, decided, before), expected);
        },
      };
    },
  };
}
