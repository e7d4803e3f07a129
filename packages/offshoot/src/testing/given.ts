// How does a test of a decider read: given what happened, when this is asked, then that?
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { type Decider, fold, type Happened } from '../aggregate/index.ts';
import { isRefused } from '../contract/index.ts';

export interface When<State, Decided> {
  /** What was decided, type and data of events only. */
  thenDecides(expected: unknown): void;
  /** Nothing was decided: an empty list of events. */
  thenNothing(): void;
  /** It was refused with this code, whatever came with it. */
  thenRefuses(code: string): void;
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

const isEvent = (value: unknown): value is Happened =>
  typeof value === 'object' && value !== null && 'type' in value && 'data' in value;

/** One line a value, `order.created {"orderId":"o1"}` for an event. */
function lines(value: unknown): string {
  if (Array.isArray(value) && value.every(isEvent))
    return value.length === 0 ? '  nothing' : value.map((one) => lines(one)).join('\n');
  if (isEvent(value)) return `  ${value.type} ${JSON.stringify(value.data)}`;
  if (isRefused(value)) return `  refused ${value.refusal} ${JSON.stringify(value.data) ?? ''}`;
  return `  ${JSON.stringify(value) ?? String(value)}`;
}

/** A story that did not end as it should, told from its beginning. */
function expects(story: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const message = `${story}\nthen\n${lines(expected)}\nbut it was\n${lines(actual)}`;
  throw new assert.AssertionError({ message, actual, expected, operator: 'deepStrictEqual' });
}

/**
 * Tests a decider without a store. An expectation that does not hold throws an AssertionError
 * whose message tells what was given, what was asked, what should have come and what came.
 * Events may carry the `schema` version of years ago.
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
  const story = `given\n${lines(events)}`;
  return {
    thenState: (expected) => expects(story, before, expected),
    when(command) {
      const asked = `${story}\nwhen\n${lines(command)}`;
      const decide = () => decider.decide(command, before);
      return {
        thenDecides: (expected) => expects(asked, essence(decide()), expected),
        thenNothing: () => expects(asked, essence(decide()), []),
        thenRefuses(code) {
          const decided: unknown = decide();
          if (isRefused(decided) && decided.refusal === code) return;
          expects(asked, essence(decided), { refusal: code, data: 'anything' });
        },
        thenThrows: (expected) => assert.throws(decide, expected),
        thenCheck: (check) => check(decide()),
        thenState(expected) {
          const decided: unknown = decide();
          if (!Array.isArray(decided)) expects(asked, decided, 'a list of events');
          expects(asked, fold(decider, decided as Happened[], before), expected);
        },
      };
    },
  };
}
