// How does an operator read what happened: who, when and why?
import { OffshootError } from 'offshoot/error';
import { EXIT } from './exit-code.ts';
import { type Operator, operator } from './operator.ts';
import { table } from './table.ts';
import { HOST_OPTIONS, verb } from './verb.ts';

const USAGE = `usage: offshoot events ls | tail | show ID [options]
  examples: offshoot events show 0192…
            offshoot events tail --type 'order.*' --json
  ls                the newest entries of the logs, oldest first
  tail              those, and then what happens, until Ctrl-C
  show              all about an order, a user, an event, a request or a correlation: by its id
  --service S       of this service's log only
  --type T          order.created, or 'order.*'
  --key K           about this key only
  --correlation ID  of this business process only
  --limit N         entries at most (default: 100; tail begins with 10)
  --before CURSOR   ls: go on backwards; --after CURSOR   show: go on
  --data DIR        the host's data folder (default: OFFSHOOT_DATA, or .offshoot)
  --json            one line of JSON; tail: one line an entry
  Personal fields stay sealed.`;

const OPTIONS = {
  ...HOST_OPTIONS,
  service: { type: 'string' },
  type: { type: 'string' },
  key: { type: 'string' },
  correlation: { type: 'string' },
  limit: { type: 'string' },
  before: { type: 'string' },
  after: { type: 'string' },
} as const;

const TAIL_BEGINS_WITH = 10;
const LIMIT_DEFAULT = 100;
const WAIT_MS = 20_000;

interface Given {
  readonly filter: Readonly<Record<string, unknown>>;
  readonly limit: number | undefined;
  readonly json: boolean;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export default verb({
  usage: USAGE,
  options: OPTIONS,
  words: { min: 1, max: 2 },
  async run({ values, words: [action = '', about] }) {
    const { data, json = false, service, type, key, correlation, before, after } = values;
    const limit = values.limit === undefined ? undefined : countOf(values.limit);
    const given = { filter: { service, type, key, correlation }, limit, json, before, after };
    if (action === 'show' && about !== undefined) return show(operator(data), about, given);
    if (action === 'ls' && about === undefined) return list(operator(data), given);
    if (action === 'tail' && about === undefined) return tail(operator(data), given);
    console.error(`offshoot: 'events ${action}' makes no sense here\n${USAGE}`);
    return EXIT.usage;
  },
});

async function list(ask: Operator, { filter, limit, json, before }: Given): Promise<number> {
  const found = await ask('events.last', { ...filter, limit, before });
  if (json) console.log(JSON.stringify({ version: 1, ...found }));
  else printAll(found.entries);
  if (!json && !found.isEnd) console.error(`older: --before '${found.cursor}'`);
  return EXIT.ok;
}

/** Looks on until the logs end or there is enough: each question looks at a part of them. */
async function show(ask: Operator, about: string, given: Given): Promise<number> {
  const { filter, limit = LIMIT_DEFAULT, json } = given;
  const entries: any[] = [];
  let cursor = given.after;
  let isEnd = false;
  while (!isEnd && entries.length < limit) {
    const asked = { ...filter, about, after: cursor, limit: limit - entries.length };
    const found = await ask('events.about', asked);
    entries.push(...found.entries);
    ({ cursor, isEnd } = found);
  }
  if (json) console.log(JSON.stringify({ version: 1, entries, cursor, isEnd }));
  else if (entries.length === 1) printOne(entries[0]);
  else printAll(entries);
  if (!json && !isEnd) console.error(`more: --after '${cursor}'`);
  if (entries.length > 0) return EXIT.ok;
  console.error(`offshoot: nothing in the logs of this host is about ${about}`);
  return EXIT.failed;
}

/** Ends with Ctrl-C, or when the host does. */
async function tail(ask: Operator, { filter, limit, json, after }: Given): Promise<number> {
  let cursor = after;
  if (cursor === undefined) {
    cursor = (await ask('events.next', { ...filter, limit: 1 })).cursor as string;
    const begin = { ...filter, limit: limit ?? TAIL_BEGINS_WITH, before: cursor };
    for (const entry of (await ask('events.last', begin)).entries) printLine(entry, json);
  }
  for (;;) {
    const found: any = await ask('events.next', { ...filter, after: cursor, waitMs: WAIT_MS });
    for (const entry of found.entries) printLine(entry, json);
    cursor = found.cursor;
  }
}

const at = (ms: number) => new Date(ms).toISOString();

/** Why: what a person wrote, else what it was caused by. */
const whyOf = ({ data, causation }: any): string =>
  typeof data?.why === 'string' && data.why !== '' ? data.why : causation;

function printAll(entries: readonly any[]): void {
  const types = new Map(entries.map(({ id, type }) => [id, type]));
  const rows = entries.map((entry) => {
    const { service, type, key, stream, actor, id } = entry;
    const why = types.get(whyOf(entry)) ?? whyOf(entry);
    return { at: at(entry.at), service, type, key: key || stream, who: actor, why, id };
  });
  if (rows.length > 0) console.log(table(rows));
  else console.error('no such entries');
}

function printOne(entry: any): void {
  const { at: when, data, ...rest } = entry;
  console.log(
    table(Object.entries({ at: at(when), ...rest }).map(([field, value]) => ({ field, value }))),
  );
  console.log(`\n${JSON.stringify(data, null, 2)}`);
}

function printLine(entry: any, json: boolean): void {
  const { service, type, key, stream, actor, id } = entry;
  const words = [at(entry.at), service, type, key || stream, actor, id];
  console.log(json ? JSON.stringify({ version: 1, ...entry }) : words.join('  '));
}

function countOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new OffshootError('BAD_SETTING', `--limit '${text}' is no number from 1 to 9999`);
}
