// How does an operator rebuild a read model, and go back to the one before?
import { EXIT } from './exit-code.ts';
import { type Operator, operator } from './operator.ts';
import { table } from './table.ts';
import { HOST_OPTIONS, verb } from './verb.ts';

const USAGE = `usage: offshoot projection ls | rebuild NAME | rollback NAME [options]
  example: offshoot projection rebuild purchases --wait
  ls              what is live, what is built beside it or kept, and why a build failed
  rebuild         makes the rows again from the logs, beside the live ones, and switches
  rollback        brings the rows that were live before up to date, and puts them back
  --wait          rebuild: until the rows have switched; exit code 1 if the build failed
  --service NAME  whose projection, where names meet
  --data DIR      the host's data folder (default: OFFSHOOT_DATA, or .offshoot)
  --json          one line of JSON`;

const LOOK_MS = 200;
const ACTIONS: readonly string[] = ['rebuild', 'rollback'];

export default verb({
  usage: USAGE,
  options: { ...HOST_OPTIONS, service: { type: 'string' }, wait: { type: 'boolean' } },
  words: { min: 1, max: 2 },
  async run({ values, words: [action = '', name] }) {
    const isAction = ACTIONS.includes(action);
    if (isAction ? name === undefined : action !== 'ls' || name !== undefined) {
      console.error(`offshoot: 'projection ${action}' makes no sense here\n${USAGE}`);
      return EXIT.usage;
    }
    const { data, service, wait, json = false } = values;
    const ask = operator(data);
    if (!isAction) return list(ask, json);
    const whose = service === undefined ? {} : { service };
    const begun = await ask(`projection.${action}`, { name, ...whose });
    const ended = action === 'rebuild' && wait ? await built(ask, begun) : begun;
    if (json) console.log(JSON.stringify({ version: 1, ...ended }));
    else console.log(told(ended));
    return wait && ended.state === 'failed' ? EXIT.failed : EXIT.ok;
  },
});

async function list(ask: Operator, json: boolean): Promise<number> {
  const { projections } = await ask('projection.ls');
  if (json) console.log(JSON.stringify({ version: 1, projections }));
  else if (projections.length > 0) console.log(table(projections));
  else console.error('no projections');
  return EXIT.ok;
}

/** Looks until the build that was begun is live or has failed. */
async function built(ask: Operator, begun: any): Promise<any> {
  for (;;) {
    const { projections } = await ask('projection.ls');
    const is = (one: any) => one.service === begun.service && one.name === begun.name;
    const now = projections.find(is);
    if (now.live !== begun.live || now.state === 'failed') return now;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

const told = ({ name, service, live, other, state, reason }: any): string =>
  `${name} of ${service}: ${live} is live${state && `, ${other} is ${state}`}${reason && ` (${reason})`}`;
