// How does a person move the store of a service while it serves?
import { EXIT } from './exit-code.ts';
import { onInterrupt } from './interrupts.ts';
import { type Operator, operator } from './operator.ts';
import { HOST_OPTIONS, verb } from './verb.ts';

const USAGE = `usage: offshoot move SERVICE --store WHERE [options]
  example: offshoot move orders --store postgres://me@db.example/shop
  --store WHERE  postgres://user:password@host:port/database, postgres (the URL is in the host's
                 environment), or sqlite (a file of the data folder)
  --dry-run      says what would move, or why it cannot; changes nothing
  --data DIR     the host's data folder (default: OFFSHOOT_DATA, or .offshoot)
  --json         how it ended, on one line
  Log, documents, replies, timers, cursors and sealed personal data go with the same positions; the
  service goes on. Ctrl-C leaves the store where it was. The one that was left is kept, sealed.`;

const LOOK_MS = 250;
const SAY_EVERY = 4;
const say = (line: string) => console.error(`offshoot: ${line}`);

export default verb({
  usage: USAGE,
  options: { ...HOST_OPTIONS, store: { type: 'string' }, 'dry-run': { type: 'boolean' } },
  words: { min: 1, max: 1 },
  async run({ values, words: [service = ''] }) {
    const { store, data, json = false } = values;
    if (store === undefined) {
      console.error(`offshoot: say where the store goes\n${USAGE}`);
      return EXIT.usage;
    }
    const ask = operator(data);
    if (values['dry-run']) {
      const plan = await ask('move.plan', { service, store });
      console.log(json ? JSON.stringify({ version: 1, ...plan }) : planned(plan));
      return EXIT.ok;
    }
    await ask('move.begin', { service, store });
    onInterrupt({
      first() {
        say('cancelling');
        ask('move.cancel', { service }).catch(() => {}); // it is told below how it ended
      },
      second: () => process.exit(EXIT.failed),
    });
    const ended = await followed(ask, service);
    if (json) console.log(JSON.stringify({ version: 1, ...ended }));
    else console.log(told(ended));
    return ended.state === 'moved' ? EXIT.ok : EXIT.failed;
  },
});

const ENDED = ['moved', 'failed', 'cancelled'];

async function followed(ask: Operator, service: string): Promise<any> {
  for (let looks = 0; ; looks += 1) {
    const now = await ask('move.state', { service });
    if (ENDED.includes(now.state)) return now;
    if (looks % SAY_EVERY === 0) say(progress(now));
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function progress({ service, state, figures }: any): string {
  if (!figures) return `${service}: ${state}`;
  const { entries, entriesOf, documents, documentsOf, rounds } = figures;
  const copied = `${entries} of ${entriesOf} entries, ${documents} of ${documentsOf} documents`;
  return `${service}: ${state}, ${copied}${rounds > 0 ? `, round ${rounds}` : ''}`;
}

const planned = ({ service, from, to, entries, documents }: any): string =>
  `${service} would move from ${from} to ${to}: ${entries} entries, ${documents} documents`;

function told({ service, from, to, state, figures, error, aside }: any): string {
  if (state !== 'moved') return `${service} is still in ${from}: ${error?.message ?? state}`;
  const { entries, heldMs } = figures;
  const kept = aside === undefined ? 'what was left is sealed' : `what was left is in ${aside}`;
  return `${service} moved to ${to} at entry ${entries}; units waited ${heldMs} ms; ${kept}`;
}
