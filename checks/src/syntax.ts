// Can every file of code be parsed at all?

import type { Check } from './finding.ts';

/** Finds files that the other checks cannot read. */
export const syntax: Check = {
  name: 'syntax',
  run: (tree) =>
    tree.sources.flatMap(({ file, errors }) =>
      errors.map(({ message, line }) => ({
        file,
        line,
        what: `does not parse: ${message.replace(/\.$/, '')}`,
        next: 'correct the syntax',
      })),
    ),
};
