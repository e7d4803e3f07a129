// How does an operator look at sagas, and decide about one that waits for a person?
import { OffshootError } from 'offshoot/error';
import { EXIT } from './exit-code.ts';
import { jsonOf } from './json-word.ts';
import { type Operator, operator } from './operator.ts';
import { table } from './table.ts';
import { HOST_OPTIONS, verb } from './verb.ts';

const USAGE = `usage: offshoot saga ls | show ID | resume ID | skip ID | compensate ID [options]
  examples: offshoot saga ls --status paused
            offshoot saga skip 0192… --result '{"captureId":"c1"}' --reason 'the bank says so'
  ls              --status S   running, waiting, compensating, paused, completed, compensated
                  --saga NAME  of this definition only
                  --limit N    at most N, by id (default: 100); --after CURSOR goes on
  show            where it stands, and its journal
  resume          tries the step, or its compensation, again
  skip            as if the step had answered --result JSON; as if the compensation had succeeded
  compensate      undoes what can be undone; --force although the pivot may have happened:
                  then what stays done is named, and is yours to undo
  --reason TEXT   why: written in the journal with your name
  --service NAME  whose saga, where ids meet
  --data DIR      the host's data folder (default: OFFSHOOT_DATA, or .offshoot)
  --json          one line of JSON`;

const OPTIONS = {
  ...HOST_OPTIONS,
  status: { type: 'string' },
  saga: { type: 'string' },
  service: { type: 'string' },
  limit: { type: 'string' },
  after: { type: 'string' },
  reason: { type: 'string' },
  result: { type: 'string' },
  force: { type: 'boolean' },
} as const;

const DECISIONS: readonly string[] = ['resume', 'skip', 'compensate'];

interface Values {
  readonly json?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly [option: string]: string | boolean | undefined;
}

export default verb({
  usage: USAGE,
  options: OPTIONS,
  words: { min: 1, max: 2 },
  async run({ values, words: [action = '', id] }) {
    const isDecision = DECISIONS.includes(action);
    if (isDecision || action === 'show' ? id === undefined : action !== 'ls' || id !== undefined) {
      console.error(`offshoot: 'saga ${action}' makes no sense here\n${USAGE}`);
      return EXIT.usage;
    }
    const ask = operator(values.data);
    if (action === 'ls') return list(ask, values);
    if (action === 'show') return show(ask, id!, values);
    return decide(ask, action, id!, values);
  },
});

const given = (entries: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));

async function list(ask: Operator, values: Values): Promise<number> {
  const { status, saga, service, limit, after } = values;
  const page = await ask(
    'saga.ls',
    given({ status, saga, service, after, limit: limit === undefined ? limit : countOf(limit) }),
  );
  if (values.json) console.log(JSON.stringify({ version: 1, ...page }));
  else if (page.sagas.length > 0)
    console.log(table(page.sagas.map((one: any) => ({ ...one, startedAt: at(one.startedAt) }))));
  else console.error('no such sagas');
  if (!values.json && page.next) console.error(`more: --after '${page.next}'`);
  return EXIT.ok;
}

async function show(ask: Operator, id: string, values: Values): Promise<number> {
  const shown = await ask('saga.show', given({ id, service: values.service }));
  if (values.json) {
    console.log(JSON.stringify({ version: 1, ...shown }));
    return EXIT.ok;
  }
  const { service, record, step, history } = shown;
  const { saga, version, status, reason, attempts, pause, correlation } = record;
  console.log(`${saga} v${version} of ${service}: ${status}${reason && ` (${reason})`}`);
  if (pause) console.log(`waits for a person: ${pause.code}, going ${pause.direction}`);
  if (step) console.log(`at ${step}, ${attempts} attempts without an outcome`);
  console.log(`correlation ${correlation}\n`);
  console.log(table(history.map(lineOf)));
  return EXIT.ok;
}

/** One entry of the journal: what happened, and where the saga stood then. */
function lineOf({ at: when, type, data }: any): Readonly<Record<string, unknown>> {
  const { step, direction, outcome, decision, by, why, notUndone = [], attempts, status } = data;
  const stays = notUndone.length > 0 ? ` (stays done: ${notUndone.join(', ')})` : '';
  const what = decision
    ? `${decision} by ${by}${why && `: ${why}`}${stays}`
    : outcome
      ? [outcome.kind, outcome.code].filter(Boolean).join(' ')
      : type.replace('saga.', '');
  return { at: at(when), step, direction, what, attempts, status };
}

async function decide(ask: Operator, action: string, id: string, values: Values): Promise<number> {
  const { service, reason: why, force } = values;
  const result = typeof values.result === 'string' ? jsonOf(values.result) : undefined;
  const saga = await ask(`saga.${action}`, given({ id, service, why, force, result }));
  if (values.json) console.log(JSON.stringify({ version: 1, ...saga }));
  else console.log(`${saga.saga} ${id}: ${saga.status}${saga.reason && ` (${saga.reason})`}`);
  return EXIT.ok;
}

function countOf(text: string | boolean): number {
  if (typeof text === 'string' && /^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new OffshootError('BAD_SETTING', `--limit '${text}' is no number from 1 to 9999`);
}

const at = (ms: number) => new Date(ms).toISOString();
