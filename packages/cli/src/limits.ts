// How does an operator see how much may be at work at once, and how much is?
import { EXIT } from './exit-code.ts';
import { operator } from './operator.ts';
import { table } from './table.ts';
import { HOST_OPTIONS, verb } from './verb.ts';

const USAGE = `usage: offshoot limits [options]
  examples: offshoot limits
            offshoot limits --json
  Each limit on what is done at once: how much runs and waits, how much may, how much was refused;
  and each callee with the calls, retries and hedges made to it, and what its budget has left.
  --data DIR     the host's data folder (default: OFFSHOOT_DATA, or .offshoot)
  --json         one line of JSON`;

export default verb({
  usage: USAGE,
  options: HOST_OPTIONS,
  async run({ values: { data, json = false } }) {
    const { limits, pipelines } = await operator(data)('protections');
    if (json) {
      console.log(JSON.stringify({ version: 1, limits, pipelines }));
      return EXIT.ok;
    }
    if (limits.length === 0) console.error('no limit on what is done at once is in use');
    else console.log(table(limits.map(limitRow)));
    if (pipelines.length > 0) console.log(`\n${table(pipelines.map(calleeRow))}`);
    return EXIT.ok;
  },
});

function limitRow(look: any): Readonly<Record<string, unknown>> {
  const { name, kind, running, runningMax, waiting, waitingMax, refused, isOverloaded } = look;
  const load = { running: `${running} of ${runningMax}`, waiting: `${waiting} of ${waitingMax}` };
  return { name, kind, ...load, refused, overload: isOverloaded ? 'yes' : '' };
}

function calleeRow(look: any): Readonly<Record<string, unknown>> {
  const { name, calls, retries, hedges, deadlines, refused, budget } = look;
  const denied = budget?.denied;
  return { callee: name, calls, retries, hedges, denied, deadlines, refused };
}
