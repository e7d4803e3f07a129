// Which bugs of messaging must the simulation find? Written down before any of them was planted.
import type { Wanted } from './mutant.ts';

export const MESSAGING: readonly Wanted[] = [
  {
    name: 'no inbox mark',
    source: 'RELIABILITY 1',
    what: 'an event takes effect, and nothing remembers that it did',
  },
  {
    name: 'the mark has a commit of its own',
    source: 'trap 50',
    what: 'the effect is durable first, its mark a moment later',
  },
  {
    name: 'marked before it is handled',
    source: 'trap 45',
    what: 'the mark is durable first, the effect a moment later',
  },
  {
    name: 'the floor rises over a failure',
    source: 'trap 20',
    what: 'a page counts as handled although one of its events failed',
  },
  {
    name: 'gaps are ignored',
    source: 'RELIABILITY 3',
    what: 'an event is handled although the one before it never came',
  },
  {
    name: 'a restart begins at the head',
    source: 'trap 46',
    what: 'what was published while the consumer was down is not read',
  },
  {
    name: 'only pushes are read',
    source: 'trap 19',
    what: 'the feed that mends lost pushes has nothing to say',
  },
  {
    name: 'a page leaves out its last event',
    source: 'RELIABILITY 3',
    what: 'a page says it reaches further than it does',
  },
  {
    name: 'one mark for all keys',
    source: 'RELIABILITY 1',
    what: 'the inbox remembers one position for all keys together',
  },
  {
    name: 'the floor is not looked at',
    source: 'RELIABILITY 1',
    what: 'the inbox asks its rows only: those below the floor are gone',
  },
  {
    name: 'a push claims the whole log',
    source: 'RELIABILITY 3',
    what: 'a page says it begins where the log begins',
  },
  {
    name: 'an outage is a poisoned message',
    source: 'trap 46',
    what: 'what fails because a dependency is away is parked',
  },
];
