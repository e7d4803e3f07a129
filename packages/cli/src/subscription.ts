// How does an operator see where subscriptions stand, and put a forked one elsewhere?
import { OffshootError } from 'offshoot/error';
import { EXIT } from './exit-code.ts';
import { type Operator, operator } from './operator.ts';
import { table } from './table.ts';
import { HOST_OPTIONS, verb } from './verb.ts';

const USAGE = `usage: offshoot subscription ls [options]
       offshoot subscription reset SERVICE/NAME --to fork|beginning|now [options]
  ls               where each stands, what it waits for, and which are FORKED
  reset            puts one elsewhere in its producer's log; messages in its waiting table stay:
    --to fork      where the histories part: every event of the new history is handled. What was
                   handled of the lost one stays handled, and is yours to make good
    --to beginning every event is handled again: only for handlers that can bear it
    --to now       what is in the log so far is not handled
  --data DIR       the host's data folder (default: OFFSHOOT_DATA, or .offshoot)
  --json           one line of JSON
  example: offshoot subscription reset orders/catalog --to fork`;

export default verb({
  usage: USAGE,
  options: { ...HOST_OPTIONS, to: { type: 'string' } },
  words: { min: 1, max: 2 },
  async run({ values, words: [action = '', subscription] }) {
    const ask = operator(values.data);
    if (action === 'ls' && subscription === undefined) return list(ask, values.json);
    if (action === 'reset' && subscription !== undefined && values.to !== undefined)
      return reset(ask, subscription, values.to, values.json);
    console.error(`offshoot: 'subscription ${action}' makes no sense here\n${USAGE}`);
    return EXIT.usage;
  },
});

/** Exit code 4 when one is forked: a person has to decide. */
async function list(ask: Operator, json = false): Promise<number> {
  const { subscriptions } = await ask('subscription.ls');
  if (json) console.log(JSON.stringify({ version: 1, subscriptions }));
  else console.log(table(subscriptions));
  const isForked = subscriptions.some(({ state }: { state: string }) => state === 'forked');
  return isForked ? EXIT.differs : EXIT.ok;
}

async function reset(
  ask: Operator,
  subscription: string,
  to: string,
  json = false,
): Promise<number> {
  const [service, ...rest] = subscription.split('/');
  const name = rest.join('/');
  if (name === '')
    throw new OffshootError(
      'BAD_SETTING',
      `'${subscription}' is no SERVICE/NAME: see subscription ls`,
    );
  const done = await ask('subscription.reset', { service, name, to });
  if (json) console.log(JSON.stringify({ version: 1, ...done }));
  else console.log(`${subscription} goes on after ${done.at} (was at ${done.before})`);
  return EXIT.ok;
}
