// Which patches plant the bugs of durability?
import type { Patch } from './mutant.ts';

export const PLANTED_DURABILITY: readonly Patch[] = [
  {
    name: 'decided on a stale read',
    file: 'packages/offshoot/src/store/run-unit.ts',
    find: 'const { change, value } = decide(loaded);',
    replace: `await runtime.sleep(1);
      const { change, value } = decide(loaded);`,
    isRare: true,
  },
  {
    name: 'reads are not settled',
    file: 'packages/offshoot/src/store/run-unit.ts',
    find: 'await store.settled();',
    replace: 'await Promise.resolve();',
  },
  {
    name: 'what was rolled back is handed out',
    file: 'packages/offshoot/src/store/run-unit.ts',
    find: 'return store.failures === basis;',
    replace: 'return store.failures >= basis;',
    isRare: true,
  },
  {
    name: 'a failed flush is a success',
    file: 'packages/offshoot/src/store/sqlite/group.ts',
    find: 'waiting.reject(error);',
    replace: 'waiting.resolve();',
  },
  {
    name: 'answered before the flush',
    file: 'packages/offshoot/src/store/sqlite/sqlite-store.ts',
    find: 'return commits.settled().then(() => ({ position }));',
    replace: 'return Promise.resolve({ position });',
  },
  {
    name: 'a failed flush uses up positions',
    file: 'packages/offshoot/src/store/sqlite/log-table.ts',
    find: 'last = seq;',
    replace: 'last = Math.max(last, seq);',
  },
  {
    name: 'the feed shows what is not durable',
    file: 'packages/offshoot/src/store/sqlite/sqlite-store.ts',
    find: 'log.page(after, durable, limit, only)',
    replace: 'log.page(after, log.seq, limit, only)',
  },
  {
    name: 'documents of a failed flush are remembered',
    file: 'packages/offshoot/src/store/sqlite/sqlite-store.ts',
    find: 'documents.forget();',
    replace: 'void documents.forget;',
  },
  {
    name: 'no previous',
    file: 'packages/offshoot/src/store/sqlite/log-table.ts',
    find: 'return row && { epoch: Number(row.epoch), seq: Number(row.seq) };',
    replace: 'return row && undefined;',
    isRare: true,
  },
  {
    name: 'personal fields in plain',
    file: 'packages/offshoot/src/store/sqlite/log-table.ts',
    find: 'sealer.seal(event.data, event.personal, id)',
    replace: 'sealer.seal(event.data, undefined, id)',
  },
  {
    name: 'events first, documents later',
    file: 'packages/offshoot/src/service/execute.ts',
    find: 'if (appends.length + documents.length === 0)',
    replace: `if (appends.length > 0) {
        runtime.after(1, () => void runUnit(context, () => ({}), () => ({ change: { appends: [], documents, stamp }, value: 0 })).catch(() => {}));
        return { change: { ...joined, appends, documents: [], stamp }, value: made };
      }
      if (appends.length + documents.length === 0)`,
  },
  {
    name: 'the reply has a commit of its own',
    file: 'packages/offshoot/src/service/execute.ts',
    find: 'const kept = slot ? [keepReply(slot, made, stamp.at, found)] : [];',
    replace:
      'const kept: any[] = []; if (slot) runtime.after(1, () => void runUnit(context, () => ({}), () => ({ change: { appends: [], documents: [keepReply(slot, made, stamp.at, found)], stamp }, value: 0 })).catch(() => {}));',
  },
  {
    name: 'a refusal is not remembered',
    file: 'packages/offshoot/src/service/execute.ts',
    find: 'const kept = slot ? [keepReply(slot, made, stamp.at, found)] : [];',
    replace: 'const kept = slot && !refused ? [keepReply(slot, made, stamp.at, found)] : [];',
  },
  {
    name: 'no stored reply',
    file: 'packages/offshoot/src/service/replies.ts',
    find: 'if (!found || found.data.expires <= at) return undefined;',
    replace: 'if (!found || found.data.expires > at) return undefined;',
  },
  {
    name: 'another input, the same answer',
    file: 'packages/offshoot/src/service/replies.ts',
    find: 'if (!isSame(found.data, slot))',
    replace: "if (isSame({ fingerprint: '' }, slot))",
  },
  {
    name: 'a key belongs to everybody',
    file: 'packages/offshoot/src/service/replies.ts',
    find: `\`\${principal.name}|\${operation}|\${key}\``,
    replace: `\`\${principal.kind}|\${operation}|\${key}\``,
  },
  {
    name: 'timers of an earlier life',
    file: 'packages/offshoot/src/service/timers.ts',
    find: 'let nextDue = 0;',
    replace: 'let nextDue = Number.POSITIVE_INFINITY;',
    isRare: true,
  },
  {
    name: 'a timer is gone before its effect',
    file: 'packages/offshoot/src/service/timers.ts',
    find: 'return { change: { ...change, documents }, value: undefined };',
    replace:
      'runtime.after(1, () => void runUnit(context, () => ({}), () => ({ change: change, value: 0 })).catch(() => {})); return { change: { appends: [], documents: documents.slice(0, 1), stamp }, value: undefined };',
    isRare: true,
  },
];
