// What does the `offshoot` command do with what was typed?
import { didYouMean } from './command-line.ts';
import { EXIT, fail } from './exit-code.ts';
import type { Verb } from './verb.ts';
import { VERSION } from './version.ts';

/** Loaded when it is typed: a verb costs the others nothing. */
interface Entry {
  readonly summary: string;
  readonly load: () => Promise<{ readonly default: Verb }>;
}

const VERBS: Readonly<Record<string, Entry>> = {
  up: { summary: 'start a topology in this process', load: () => import('./up.ts') },
  call: { summary: 'call any operation of a running host', load: () => import('./call.ts') },
  story: { summary: 'all that one request led to, as a tree', load: () => import('./story.ts') },
  saga: { summary: 'sagas: list, show, decide for a paused one', load: () => import('./saga.ts') },
  backup: {
    summary: 'copy the stores of a running host, as they are at one moment',
    load: () => import('./backup.ts'),
  },
  restore: {
    summary: 'put back the stores of a backup, in a new epoch',
    load: () => import('./restore.ts'),
  },
  move: {
    summary: 'take the store of a service to another database while it serves',
    load: () => import('./move.ts'),
  },
  subscription: {
    summary: 'where subscriptions stand; put a forked one elsewhere',
    load: () => import('./subscription.ts'),
  },
  dlq: { summary: 'messages that failed: list, replay, discard', load: () => import('./dlq.ts') },
  breaker: {
    summary: 'who is left alone, and why; decide otherwise',
    load: () => import('./breaker.ts'),
  },
  limits: {
    summary: 'how much may be at work at once, and how much is',
    load: () => import('./limits.ts'),
  },
  events: { summary: 'what happened: list, follow, show', load: () => import('./events.ts') },
  registry: {
    summary: 'run a registry of instances; see who is in one',
    load: () => import('./registry.ts'),
  },
  gateway: {
    summary: 'forward requests to any HTTP services, by a file',
    load: () => import('./gateway.ts'),
  },
  reconcile: {
    summary: 'compare a service with the outside, and mend what differs',
    load: () => import('./reconcile.ts'),
  },
  projection: {
    summary: 'rebuild a read model beside the live one, or go back',
    load: () => import('./projection.ts'),
  },
  trace: {
    summary: 'where the time of one request went',
    load: () => import('./trace.ts'),
  },
};

const COLUMN = 14;
const HELP = `usage: offshoot VERB [options]

${Object.entries(VERBS)
  .map(([name, { summary }]) => `  ${name.padEnd(COLUMN)}${summary}`)
  .join('\n')}

  offshoot VERB --help says more; --version`;

// Whatever a host leaves behind must not keep the process: its ending has been waited for.
process.exit(await run(process.argv.slice(2)));

async function run([name = '--help', ...args]: string[]): Promise<number> {
  const entry = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (entry)
    return entry
      .load()
      .then(({ default: verb }) => verb.run(args))
      .catch((error: unknown) => fail(error, console.error));
  switch (name.replace(/^--?/, '')) {
    case 'help':
    case 'h':
      console.log(HELP);
      return EXIT.ok;
    case 'version':
    case 'V':
      console.log(VERSION);
      return EXIT.ok;
    default:
      return unknown(name);
  }
}

function unknown(name: string): number {
  const meant = didYouMean(name, Object.keys(VERBS));
  const hint = meant ? `did you mean 'offshoot ${meant}'?` : `see 'offshoot --help'`;
  console.error(`offshoot: there is no verb '${name}'; ${hint}`);
  return EXIT.usage;
}
