// How does an operator let a service compare itself with the outside, and mend what differs?
import { EXIT } from './exit-code.ts';
import { operator } from './operator.ts';
import { table } from './table.ts';
import { HOST_OPTIONS, verb } from './verb.ts';

const USAGE = `usage: offshoot reconcile SERVICE [options]
  example: offshoot reconcile payments --dry-run
  --dry-run          lists what differs and changes nothing; exit code 4 if anything does
  --older-than MIN   leaves alone what changed in the last MIN minutes (default: the service's own)
  --data DIR         the host's data folder (default: OFFSHOOT_DATA, or .offshoot)
  --json             one line of JSON
  exit codes: 0 nothing differs, or all is mended; 1 something could not be mended; 4 see above`;

/**
 * What the operation `<service>.reconcile` of any contract answers, a page at a time: it takes
 * `{ dryRun, after }` and, if asked for, `minAgeMs`.
 */
interface Page {
  readonly differences: readonly Difference[];
  readonly examined: number;
  /** What to send as `after` for the next page; null on the last one. */
  readonly next: string | null;
}

interface Difference {
  readonly outcome: 'mended' | 'found' | 'in_flight' | 'unmended';
  readonly [field: string]: unknown;
}

interface Found {
  readonly differences: Difference[];
  readonly examined: number;
}

const MINUTE_MS = 60_000;
const PAGES_MAX = 1_000_000;

export default verb({
  usage: USAGE,
  options: {
    ...HOST_OPTIONS,
    'dry-run': { type: 'boolean' },
    'older-than': { type: 'string' },
  },
  words: { min: 1 },
  async run({ values, words: [service = ''] }) {
    const { data, json, 'dry-run': dryRun = false, 'older-than': minutes } = values;
    if (minutes !== undefined && !/^\d{1,6}$/.test(minutes)) {
      console.error(`offshoot: --older-than '${minutes}' is no number of minutes\n${USAGE}`);
      return EXIT.usage;
    }
    const age = minutes === undefined ? {} : { minAgeMs: Number(minutes) * MINUTE_MS };
    const found = await everyPage(service, { dryRun, ...age }, data);
    const counts = countsOf(found);
    if (json) console.log(JSON.stringify({ version: 1, service, dryRun, ...found, counts }));
    else print(service, found);
    if (dryRun) return counts.found + counts.unmended > 0 ? EXIT.differs : EXIT.ok;
    return counts.unmended > 0 ? EXIT.failed : EXIT.ok;
  },
});

async function everyPage(service: string, input: object, data: string | undefined): Promise<Found> {
  const ask = operator(data);
  const differences: Difference[] = [];
  let examined = 0;
  let after = '';
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const call = { service, operation: 'reconcile', input: { ...input, after } };
    const page = ((await ask('call', call)) as { value: Page }).value;
    differences.push(...page.differences);
    examined += page.examined;
    if (page.next === null) break;
    after = page.next;
  }
  return { differences, examined };
}

function countsOf({ differences }: Found) {
  const counts = { mended: 0, found: 0, in_flight: 0, unmended: 0 };
  for (const { outcome } of differences) counts[outcome] += 1;
  return counts;
}

/** The table is data; what is said about it is not. */
function print(service: string, found: Found): void {
  const { differences, examined } = found;
  if (differences.length > 0) console.log(table(differences));
  const counted = Object.entries(countsOf(found)).filter(([, count]) => count > 0);
  const sums = counted.map(([outcome, count]) => `${count} ${outcome.replace('_', ' ')}`);
  const result = sums.length > 0 ? sums.join(', ') : 'nothing differs';
  console.error(`offshoot: ${service}: ${examined} looked at, ${result}`);
}
