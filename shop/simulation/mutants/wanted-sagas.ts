// Which bugs of sagas must the simulation find? Written down before any of them was planted.
import type { Wanted } from './mutant.ts';

export const SAGAS: readonly Wanted[] = [
  {
    name: 'silence means done',
    source: 'RELIABILITY 3',
    what: 'a step that was not answered counts as done',
  },
  {
    name: 'silence means no',
    source: 'trap 31',
    what: 'a step that was not answered counts as refused',
  },
  {
    name: 'the start has a commit of its own',
    source: 'trap 19',
    what: 'the order is durable first, the start of its saga later',
  },
  {
    name: 'undone from the first step on',
    source: 'trap 25',
    what: 'compensations run in the order of the steps',
  },
  {
    name: 'what may have happened stays',
    source: 'trap 26',
    what: 'a step of unknown outcome is not undone',
  },
  {
    name: 'a cancel beyond the pivot undoes',
    source: 'trap 27',
    what: 'the money is taken, and yet the saga turns round',
  },
  {
    name: 'the pivot is given up',
    source: 'trap 27',
    what: 'the deadline holds for the pivot too, which may have happened',
  },
  {
    name: 'a failed compensation is dropped',
    source: 'trap 29',
    what: 'a compensation that was not answered counts as done',
  },
  {
    name: 'no deadline',
    source: 'NAMES checkout',
    what: 'a checkout goes on for as long as it takes',
  },
  {
    name: 'nobody hears of the end',
    source: 'trap 30',
    what: 'what was undone ends like what went well',
  },
  {
    name: 'a cancel is heard too early',
    source: 'NAMES checkout',
    what: 'the wish to cancel is gone before anybody acts on it',
  },
  {
    name: 'no journal',
    source: 'trap 28',
    what: 'the record of a saga moves, and its journal does not say so',
  },
  {
    name: 'sagas share their keys',
    source: 'trap 24',
    what: 'the same step of two sagas has one key',
  },
  {
    name: 'a new key for every try',
    source: 'trap 33',
    what: 'a step that is sent again is another call',
  },
  {
    name: 'who compensates is not resumed',
    source: 'trap 25',
    what: 'a crash midway through the compensation is the end of it',
  },
  {
    name: 'who waits is never woken',
    source: 'RELIABILITY 3',
    what: 'a step that is to be sent again later is forgotten',
  },
];
