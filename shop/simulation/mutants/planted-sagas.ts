// Which patches plant the bugs of sagas?
import type { Patch } from './mutant.ts';

export const PLANTED_SAGAS: readonly Patch[] = [
  {
    name: 'silence means done',
    file: 'packages/offshoot/src/service/running-service.ts',
    find: "return { kind: 'unknown', code };",
    replace: "return { kind: code ? 'result' : 'unknown', value: null, code };",
  },
  {
    name: 'silence means no',
    file: 'packages/offshoot/src/service/running-service.ts',
    find: "return { kind: 'unknown', code };",
    replace: "return { kind: 'refusal', code };",
  },
  {
    name: 'a new key for every try',
    file: 'packages/offshoot/src/service/running-service.ts',
    find: 'idempotencyKey: step.key,',
    replace: `idempotencyKey: \`\${step.key}/\${runtime.id()}\`,`,
  },
  {
    name: 'the start has a commit of its own',
    file: 'packages/offshoot/src/saga/engine.ts',
    find: 'notes.wake(start.id, start.saga);',
    replace: `const late = startOf(start, definition, stamp);
      runtime.after(1, () => {
        notes.wake(start.id, start.saga);
        store.stage(late, store.failures).catch(() => {});
      });
      if (late.stamp) return { appends: [], documents: [], stamp };`,
  },
  {
    name: 'who compensates is not resumed',
    file: 'packages/offshoot/src/saga/engine.ts',
    find: "for (const status of ['running', 'compensating'] as const)",
    replace: "for (const status of ['running'] as const)",
    isRare: true,
  },
  {
    name: 'no deadline',
    file: 'packages/offshoot/src/saga/start.ts',
    find: 'stamp.at + definition.deadlineMs',
    replace: 'stamp.at + 24 * definition.deadlineMs',
    isRare: true,
  },
  {
    name: 'undone from the first step on',
    file: 'packages/offshoot/src/saga/machine.ts',
    find: 'let next = index;',
    replace: `const isUndone = record.status === 'compensating';
  const above = record.index + 1;
  const isMore = record.index < Object.keys(record.results).length && definition.steps[above]?.compensate;
  let next = isUndone ? (isMore ? above : -1) : 0;`,
  },
  {
    name: 'what may have happened stays',
    file: 'packages/offshoot/src/saga/machine.ts',
    find: "record.index, 'CANCELLED', now",
    replace: "record.index - 1, 'CANCELLED', now",
  },
  {
    name: 'a cancel beyond the pivot undoes',
    file: 'packages/offshoot/src/saga/machine.ts',
    find: 'if (!isForward(record) || record.index >= definition.pivot) return record;',
    replace: 'if (!isForward(record)) return record;',
  },
  {
    name: 'the pivot is given up',
    file: 'packages/offshoot/src/saga/carrier.ts',
    find: 'if (isLate(definition, record, now))',
    replace: 'if (isLate({ ...definition, pivot: definition.pivot + 1 }, record, now))',
    isRare: true,
  },
  {
    name: 'a failed compensation is dropped',
    file: 'packages/offshoot/src/saga/carrier.ts',
    find: 'context.call(call).then(commitAfter)',
    replace: `context.call(call).then((made) => {
      const isDropped = record.status === 'compensating' && made.kind !== 'result';
      return commitAfter(isDropped ? { kind: 'result', value: null } : made);
    })`,
  },
  {
    name: 'nobody hears of the end',
    file: 'packages/offshoot/src/saga/move.ts',
    find: "return next.status === 'compensated' ? definition.compensated : definition.completed;",
    replace: 'return definition.completed;',
  },
  {
    name: 'a cancel is heard too early',
    file: 'packages/offshoot/src/saga/move.ts',
    find: 'if (hasEnded(next)) return doneWith(',
    replace: 'if (hasEnded(next) || heard.cancelled) return doneWith(',
  },
  {
    name: 'no journal',
    file: 'packages/offshoot/src/saga/move.ts',
    find: '[move.written(next, heard), ...(end',
    replace: '[...(end',
  },
  {
    name: 'sagas share their keys',
    file: 'packages/offshoot/src/saga/journal.ts',
    find: `=== 'forward' ? \`saga/\${id}/\${step}\``,
    replace: `=== 'forward' ? \`saga/\${step}\``,
  },
  {
    name: 'who waits is never woken',
    file: 'packages/offshoot/src/saga/driver.ts',
    find: 'parked.put(id, group, due);',
    replace: 'void due;',
  },
];
