// Which changes must the simulation leave alone, because they break no promise?
import type { Equivalent } from './mutant.ts';

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    name: 'no push ever leaves',
    file: 'packages/offshoot/src/messaging/relay.ts',
    find: 'broker.publish({',
    replace: 'if (page.upto.seq < 0) broker.publish({',
    why: 'what is not pushed is read from the feed, a second later',
  },
  {
    name: 'the outside is never asked',
    file: 'packages/offshoot/src/rpc/outside-client.ts',
    find: 'if (!adapter.ask || !sent ||',
    replace: "if (name !== '' || !adapter.ask || !sent ||",
    why: 'who comes again with the same key gets the same answer',
  },
  {
    name: 'the inbox is always looked up',
    file: 'packages/offshoot/src/messaging/consumer.ts',
    find: 'if (isNext) await handleOne(event);',
    replace: 'if (isNext && stopped) await handleOne(event);',
    why: 'memory only saves the question to the store, which knows as much',
  },
  {
    name: 'pages of three events',
    file: 'packages/offshoot/src/messaging/feed.ts',
    find: 'export const PAGE_EVENTS_MAX = 500;',
    replace: 'export const PAGE_EVENTS_MAX = 3;',
    why: 'a page says how far it reaches, however short it is',
  },
  {
    name: 'flushes wait for company',
    file: 'packages/offshoot/src/store/sqlite/group.ts',
    find: 'runtime.endOfTurn(flush);',
    replace: 'runtime.after(2, flush);',
    why: 'whoever staged waits for the flush, however late it is',
  },
  {
    name: 'timers are looked for every time',
    file: 'packages/offshoot/src/service/timers.ts',
    find: 'if (runtime.now() < nextDue) return;',
    replace: 'if (runtime.now() < 0) return;',
    why: 'what is not due is left alone',
  },
];
