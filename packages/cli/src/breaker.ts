// How does an operator see which callees are left alone, and decide otherwise?
import { EXIT } from './exit-code.ts';
import { operator } from './operator.ts';
import { table } from './table.ts';
import { HOST_OPTIONS, verb } from './verb.ts';

const USAGE = `usage: offshoot breaker ls | open NAME | close NAME | auto NAME | reset NAME [options]
  examples: offshoot breaker ls
            offshoot breaker open payment-provider
  ls             each breaker: its state, what it did last and why
  open           lets nothing through, whatever happens
  close          lets everything through, whatever happens
  auto           leaves it to itself again
  reset          closed and forgetful, as new
  --data DIR     the host's data folder (default: OFFSHOOT_DATA, or .offshoot)
  --json         one line of JSON`;

const OVERRULES: readonly string[] = ['open', 'close', 'auto', 'reset'];

export default verb({
  usage: USAGE,
  options: HOST_OPTIONS,
  words: { min: 1, max: 2 },
  async run({ values: { data, json = false }, words: [action = '', name] }) {
    const isList = action === 'ls' && name === undefined;
    if (!isList && !(OVERRULES.includes(action) && name !== undefined)) {
      console.error(`offshoot: 'breaker ${action}' makes no sense here\n${USAGE}`);
      return EXIT.usage;
    }
    const ask = operator(data);
    const breakers = isList
      ? (await ask('protections')).breakers
      : [await ask(`breaker.${action}`, { name })];
    if (json) console.log(JSON.stringify({ version: 1, breakers }));
    else if (breakers.length === 0) console.error('no call has been made that a breaker guards');
    else console.log(table(breakers.map(row)));
    return EXIT.ok;
  },
});

function row(look: any): Readonly<Record<string, unknown>> {
  const { name, state, forced, failures, opened, refused, probeInMs, lastChange } = look;
  const said = forced ? `${state} (forced)` : state;
  const probe = state === 'open' && !forced ? `${Math.ceil(probeInMs)} ms` : '';
  const counts = { 'failures in a row': failures, opened, refused };
  return { name, state: said, 'probe in': probe, ...counts, because: lastChange?.reason };
}
