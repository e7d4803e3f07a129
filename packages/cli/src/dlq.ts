// How does an operator look at messages that wait, let them be tried again, or give one up?
import { OffshootError } from 'offshoot/error';
import { EXIT } from './exit-code.ts';
import { type Operator, operator } from './operator.ts';
import { table } from './table.ts';
import { HOST_OPTIONS, verb } from './verb.ts';

const USAGE = `usage: offshoot dlq ls | show MESSAGE | replay | discard MESSAGE [options]
  examples: offshoot dlq ls
            offshoot dlq replay --group 3fa94c01b7e2 --dry-run
            offshoot dlq discard 0192… --reason 'the order was a test'
  ls              what failed alike, as groups; the messages of --group FP or --key K
  show            one message, what was done with it, and what it says: personal fields sealed,
                  unless --open --reason TEXT, which is written in the log
  replay          tries again: MESSAGE, or --key K, or --group FP; each key in order
  discard         gives MESSAGE up; those behind it go on
  --dry-run       says what replay would do, and does nothing
  --service S, --subscription S  only there; a queue is called queue/NAME
  --reason TEXT   why: written in the log with your name
  --limit N       messages at most (default: 100)
  --data DIR      the host's data folder (default: OFFSHOOT_DATA, or .offshoot)
  --json          one line of JSON`;

const OPTIONS = {
  ...HOST_OPTIONS,
  group: { type: 'string' },
  key: { type: 'string' },
  service: { type: 'string' },
  subscription: { type: 'string' },
  reason: { type: 'string' },
  limit: { type: 'string' },
  open: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const;

const ACTIONS: Readonly<Record<string, (ask: Operator, given: Given) => Promise<void>>> = {
  ls: list,
  show,
  replay,
  discard,
};

interface Given {
  readonly asked: Readonly<Record<string, unknown>>;
  readonly json: boolean;
}

export default verb({
  usage: USAGE,
  options: OPTIONS,
  words: { min: 1, max: 2 },
  async run({ values, words: [action = '', message] }) {
    const { data, json = false, group, key, limit, reason, open } = values;
    const { service, subscription } = values;
    const perform = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    const one = [message, group, key].filter((given) => given !== undefined).length;
    const isClear =
      { ls: message === undefined, replay: one === 1 }[action] ?? message !== undefined;
    if (!perform || !isClear) {
      console.error(`offshoot: 'dlq ${action}' makes no sense here\n${USAGE}`);
      return EXIT.usage;
    }
    const asked = {
      ...{ message, key, fingerprint: group, service, subscription, why: reason, open },
      ...{ dryRun: values['dry-run'], limit: limit === undefined ? undefined : countOf(limit) },
    };
    await perform(operator(data), { asked, json });
    return EXIT.ok;
  },
});

const at = (ms: number) => new Date(ms).toISOString();

const print = (value: object) => console.log(JSON.stringify({ version: 1, ...value }));

async function list(ask: Operator, { asked, json }: Given): Promise<void> {
  const found = await ask('dlq.ls', asked);
  if (json) return print(found);
  for (const { service, subscription, pausedBy } of found.subscriptions)
    if (pausedBy !== '') console.error(`${service} ${subscription} is paused: ${pausedBy}`);
  const rows = (found.groups ?? found.messages) as any[];
  if (rows.length === 0) console.error('nothing waits');
  else console.log(table(found.groups ? rows.map(groupRow) : rows.map(messageRow)));
}

function groupRow(group: any): Readonly<Record<string, unknown>> {
  const { fingerprint, service, subscription, event, sample } = group;
  const { messages, parked, behind, first, last } = group;
  const counts = { messages, parked, behind, first: at(first), last: at(last) };
  return { group: fingerprint, service, subscription, event, ...counts, sample: sample.reason };
}

function messageRow(letter: any): Readonly<Record<string, unknown>> {
  const { service, message, subscription, type, key, state } = letter;
  const { attempts, since, fingerprint, reason } = letter;
  const about = { message, service, subscription, type, key, state, attempts, since: at(since) };
  return { ...about, group: fingerprint, reason };
}

async function show(ask: Operator, { asked, json }: Given): Promise<void> {
  const shown = await ask('dlq.show', asked);
  if (json) return print(shown);
  const { message, service, subscription, type, key, state } = shown;
  const { attempts, reason, fingerprint } = shown;
  console.log(`${message}: ${type} for ${service} ${subscription}, key ${key}: ${state}`);
  if (reason !== '') console.log(`${attempts} attempts, group ${fingerprint}\n${reason}`);
  console.log(`correlation ${shown.correlation}`);
  const notes = shown.history.map(({ at: when, type: what, data: { by, why } }: any) => {
    return { at: at(when), what: what.replace('dead_letter.', ''), by, why };
  });
  if (notes.length > 0) console.log(`\n${table(notes)}`);
  console.log(`\n${JSON.stringify(shown.opened ?? shown.event.data, null, 2)}`);
}

async function replay(ask: Operator, { asked, json }: Given): Promise<void> {
  const done = await ask('dlq.replay', asked);
  if (json) return print(done);
  for (const { service, subscription, messages, behind, keys, handlers } of done.replays) {
    const what = done.dryRun ? 'would be tried again' : 'are tried again';
    console.log(`${service} ${subscription}: ${messages} ${what}, ${behind} behind them follow`);
    console.log(`keys: ${keys.join(' ')}${keys.length < messages ? ' …' : ''}`);
    console.log(table(handlers.map((one: object) => ({ ...one, release: done.release }))));
  }
}

async function discard(ask: Operator, { asked, json }: Given): Promise<void> {
  const done = await ask('dlq.discard', asked);
  if (json) return print(done);
  const { message, service, subscription, discarded } = done;
  console.log(
    `${message} of ${service} ${subscription}: ${discarded ? 'discarded' : 'was discarded before'}`,
  );
}

function countOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new OffshootError('BAD_SETTING', `--limit '${text}' is no number from 1 to 9999`);
}
