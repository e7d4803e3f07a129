// What is the whole story of one id, as a tree that a person can read?
import type { StoryEntry, StoryNode } from 'offshoot/saga';
import { EXIT } from './exit-code.ts';
import { operator } from './operator.ts';
import { HOST_OPTIONS, verb } from './verb.ts';

const USAGE = `usage: offshoot story ID [options]
  ID          a correlation id, or the id of what it is about: an order, a saga, an event
  --data DIR  the host's data folder (default: OFFSHOOT_DATA, or .offshoot)
  --json      the trees as one line
  What happened in every service because of one request, and what led to what. Personal fields
  stay sealed.`;

type Node = StoryNode<StoryEntry & { readonly actor: string }>;

/** Told from the logs: also what happened long ago, by choreography or orchestrated. */
export default verb({
  usage: USAGE,
  options: HOST_OPTIONS,
  words: { min: 1 },
  async run({ values, words: [id = ''] }) {
    const told = await operator(values.data)('story', { id });
    if (values.json) console.log(JSON.stringify({ version: 1, id, ...told }));
    else for (const line of drawn(told.roots)) console.log(line);
    if (told.isCut) console.error('offshoot: this is not all of it: too much happened');
    if (told.entries > 0) return EXIT.ok;
    console.error(`offshoot: nothing in the logs of this host is about ${id}`);
    return EXIT.failed;
  },
});

/** A line an entry: when since the beginning, where, what; below it what it led to. */
export function drawn(roots: readonly Node[]): string[] {
  const begin = Math.min(...roots.map(({ entry }) => entry.at));
  const all = roots.flatMap((root) => [...branches(root, '', '')]);
  const whens = all.map(({ entry }) => `+${entry.at - begin} ms`);
  const wide = Math.max(0, ...whens.map((text) => text.length));
  const where = Math.max(0, ...all.map(({ entry }) => entry.service.length));
  const lines = all.map(({ entry, before }, at) => {
    const words = [
      whens[at]!.padStart(wide),
      entry.service.padEnd(where),
      `${before}${what(entry)}`,
    ];
    return words.join('  ');
  });
  const first = roots[0]?.entry;
  return first ? [`${new Date(begin).toISOString()} by ${first.actor}`, ...lines] : [];
}

interface Line {
  readonly entry: Node['entry'];
  readonly before: string;
}

function branches({ entry, children }: Node, before: string, below: string): Line[] {
  const lines = children.flatMap((child, at) => {
    const isLast = at === children.length - 1;
    return branches(child, `${below}${isLast ? '└ ' : '├ '}`, `${below}${isLast ? '  ' : '│ '}`);
  });
  return [{ entry, before }, ...lines];
}

/** Of a saga's journal what a person wants to know; of an event its type and what it is about. */
function what({ type, key, stream, data }: Node['entry']): string {
  const { saga, definitionVersion, step, direction, outcome, decision, by, status } = (data ??
    {}) as any;
  if (decision) return `${saga}: ${decision} by ${by} → ${status}`;
  if (outcome && step) {
    const undone = direction === 'back' ? 'undo ' : '';
    const result = [outcome.kind, outcome.code].filter(Boolean).join(' ');
    return `${saga}: ${undone}${step}: ${result} → ${status}`;
  }
  if (saga && definitionVersion) return `${saga} v${definitionVersion}: ${type.slice(5)} ${key}`;
  return `${type} ${key || stream}`;
}
