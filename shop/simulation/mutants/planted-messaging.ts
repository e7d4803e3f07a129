// Which patches plant the bugs of messaging?
import type { Patch } from './mutant.ts';

export const PLANTED_MESSAGING: readonly Patch[] = [
  {
    name: 'no inbox mark',
    file: 'packages/offshoot/src/messaging/delivery.ts',
    find: 'return { change: { ...change, documents: [...change.documents, done] }, value: true };',
    replace:
      'return { change: waits ? { ...change, documents: [...change.documents, done] } : change, value: true };',
  },
  {
    name: 'the mark has a commit of its own',
    file: 'packages/offshoot/src/messaging/delivery.ts',
    find: 'return { change: { ...change, documents: [...change.documents, done] }, value: true };',
    replace:
      'runtime.after(1, () => void runUnit(context, () => ({}), () => ({ change: { appends: [], documents: [done], stamp }, value: 0 })).catch(() => {})); return { change, value: true };',
    isRare: true,
  },
  {
    name: 'marked before it is handled',
    file: 'packages/offshoot/src/messaging/delivery.ts',
    find: 'return { change: { ...change, documents: [...change.documents, done] }, value: true };',
    replace:
      'runtime.after(1, () => void runUnit(context, () => ({}), () => ({ change: change, value: 0 })).catch(() => {})); return { change: { appends: [], documents: [done], stamp }, value: true };',
  },
  {
    name: 'the floor rises over a failure',
    file: 'packages/offshoot/src/messaging/consumer.ts',
    find: "results.every(({ status }) => status === 'fulfilled')",
    replace: "results.length === 0 || results.some(({ status }) => status === 'fulfilled')",
  },
  {
    name: 'gaps are ignored',
    file: 'packages/offshoot/src/messaging/consumer.ts',
    find: 'await handleOne(gap);',
    replace: 'void gap;',
  },
  {
    name: 'a restart begins at the head',
    file: 'packages/offshoot/src/messaging/consumer.ts',
    find: 'const position = stored ?? (subscription.from',
    replace: 'const position = (await feed.head()) ?? (subscription.from',
  },
  {
    name: 'only pushes are read',
    file: 'packages/offshoot/src/messaging/feed.ts',
    find: 'return { service, epochs: store.epochs, after, upto: read.upto, events };',
    replace:
      'return { service, epochs: store.epochs, after, upto: after, events: events.slice(0, 0) };',
  },
  {
    name: 'a page leaves out its last event',
    file: 'packages/offshoot/src/messaging/feed.ts',
    find: 'return { service, epochs: store.epochs, after, upto: read.upto, events };',
    replace:
      'return { service, epochs: store.epochs, after, upto: read.upto, events: events.slice(0, -1) };',
  },
  {
    name: 'one mark for all keys',
    file: 'packages/offshoot/src/messaging/inbox.ts',
    find: `=> \`\${subscription}|\${key}\`;`,
    replace: `=> \`\${subscription}|\${key && "all"}\`;`,
  },
  {
    name: 'the floor is not looked at',
    file: 'packages/offshoot/src/messaging/inbox.ts',
    find: 'later(found?.data.last ?? START, floor?.data.position ?? START)',
    replace: 'later(found?.data.last ?? START, floor ? START : START)',
  },
  {
    name: 'a push claims the whole log',
    file: 'packages/offshoot/src/messaging/relay.ts',
    find: 'after: cursor,',
    replace: 'after: { epoch: 1, seq: 0 },',
  },
  {
    name: 'an outage is a poisoned message',
    file: 'packages/offshoot/src/messaging/retries.ts',
    find: 'if (isAvailability(asOffshootError(failure).code)) throw failure;',
    replace:
      'if (isAvailability(asOffshootError(failure).code)) return enter(event, IMMEDIATE_MAX + DELAYS_MS.length, failure);',
  },
];
