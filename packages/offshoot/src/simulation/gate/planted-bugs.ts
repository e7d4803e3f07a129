// Which defects must the simulation find, or else it proves nothing?

/** A source patch: `find` stands exactly once in `file` (below packages/offshoot/src). */
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'no inbox mark',
    file: 'messaging/delivery.ts',
    find: 'documents: [...change.documents, done] }',
    replace: 'documents: waits ? [...change.documents, done] : change.documents }',
  },
  {
    name: 'reply outside the commit',
    file: 'service/execute.ts',
    find: 'const kept = slot ? [keepReply(slot, made, stamp.at, found)] : [];',
    replace: `const kept: any[] = [];
      if (slot) runtime.after(1, () => void runUnit(context, () => ({}), () => ({ change: { appends: [], documents: [keepReply(slot, made, stamp.at, found)], stamp }, value: 0 })).catch(() => {}));`,
  },
  {
    name: 'answer sent before the flush',
    file: 'store/run-unit.ts',
    find: '(await own.stage(change, basis)).position',
    replace: '(own.stage(change, basis).catch(() => {}), store.head())',
  },
  {
    name: 'no provider key',
    file: 'rpc/outside-client.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
    find: '`${base}/${name}`',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
    replace: '`${base}/${name}/${runtime.id()}`',
  },
  {
    name: 'compensation skipped',
    file: 'saga/machine.ts',
    find: 'let next = index;',
    replace: 'let next = -1;',
  },
  {
    name: 'a new holder has the old fence',
    file: 'store/lease.ts',
    find: '(held?.fence ?? 0) + 1',
    replace: '(held?.fence ?? 1)',
  },
  {
    name: 'nobody says that the history forked',
    file: 'messaging/history.ts',
    find: 'if (!isInHistory(page.epochs, position))',
    replace: 'if (!isInHistory(page.epochs, position) && !seen)',
  },
  {
    name: 'a restore has no plan',
    file: 'host/replacement.ts',
    find: '\n  finishReplacement(files, folder);\n}',
    replace: `
    files.removeTree(\`\${folder}/\${REPLACEMENT_FILE}\`);
    for (const name of plan.names) replaceOne(files, folder, { ...plan, name });
}`,
  },
];
