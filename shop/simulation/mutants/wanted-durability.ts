// Which bugs of durability must the simulation find? Written down before any of them was planted.
import type { Wanted } from './mutant.ts';

export const DURABILITY: readonly Wanted[] = [
  {
    name: 'decided on a stale read',
    source: 'trap 23',
    what: 'time passes between what was read and what is staged',
  },
  {
    name: 'reads are not settled',
    source: 'RELIABILITY 1',
    what: 'an answer goes out before the flush of what it was read from',
  },
  {
    name: 'what was rolled back is handed out',
    source: 'DESIGN 3.2',
    what: 'a read stands although a flush that it saw has failed',
  },
  {
    name: 'a failed flush is a success',
    source: 'RELIABILITY 1',
    what: 'who waits for a flush is told that it went well',
  },
  {
    name: 'answered before the flush',
    source: 'RELIABILITY 1',
    what: 'a unit counts as durable as soon as it is staged',
  },
  {
    name: 'a failed flush uses up positions',
    source: 'RELIABILITY 3',
    what: 'the log has a hole where units were rolled back',
  },
  {
    name: 'documents of a failed flush are remembered',
    source: 'DESIGN 3.2',
    what: 'memory still shows what was rolled back on disk',
  },
  {
    name: 'the feed shows what is not durable',
    source: 'trap 19',
    what: 'events are published before they are committed',
  },
  {
    name: 'no previous',
    source: 'RELIABILITY 3',
    what: 'an event does not say which one of its key came before',
  },
  {
    name: 'personal fields in plain',
    source: 'RELIABILITY 3',
    what: 'the log holds names and addresses that anybody can read',
  },
  {
    name: 'events first, documents later',
    source: 'trap 19',
    what: 'one unit of work is two commits',
  },
  {
    name: 'the reply has a commit of its own',
    source: 'RELIABILITY 3',
    what: 'the effect is durable first, its reply a moment later',
  },
  {
    name: 'a refusal is not remembered',
    source: 'RELIABILITY 3',
    what: 'a repeat of a refused command is decided again',
  },
  {
    name: 'no stored reply',
    source: 'trap 33',
    what: 'a repeat of a command is carried out again',
  },
  {
    name: 'another input, the same answer',
    source: 'DESIGN 8.5',
    what: 'a key that is used again for something else is not noticed',
  },
  {
    name: 'a key belongs to everybody',
    source: 'DESIGN 8.5',
    what: 'two callers with the same key share one answer',
  },
  {
    name: 'timers of an earlier life',
    source: 'RELIABILITY 3',
    what: 'who starts again knows nothing of the timers that are set',
  },
  {
    name: 'a timer is gone before its effect',
    source: 'trap 45',
    what: 'the timer is removed first, its effect is durable later',
  },
];
