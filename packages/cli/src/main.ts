// What does the `offshoot` command do with what was typed?
import { didYouMean } from './command-line.ts';
import { EXIT, fail } from './exit-code.ts';
import { VERSION } from './version.ts';

const HELP = `usage: offshoot <verb> [options]

  up      start a topology in this process
          --topology FILE   its module            (default: topology.ts, shop/topologies/monolith.ts)
          --host NAME       which of its hosts    (default: the only one)
          --port N          where it listens      (default: PORT, or what the topology says; 0 = any)
          --data DIR        its data folder       (default: OFFSHOOT_DATA, or .offshoot)

  --help, --version`;

const VERBS = ['up', 'help', 'version'];

// Whatever a host leaves behind must not keep the process: its ending has been waited for.
process.exit(await run(process.argv.slice(2)));

async function run([verb = '--help', ...args]: string[]): Promise<number> {
  switch (verb.replace(/^--?/, '')) {
    case 'up':
      return (await import('./up.ts'))
        .up(args)
        .catch((error: unknown) => fail(error, console.error));
    case 'help':
    case 'h':
      console.log(HELP);
      return EXIT.ok;
    case 'version':
    case 'v':
      console.log(VERSION);
      return EXIT.ok;
    default:
      return unknown(verb);
  }
}

function unknown(verb: string): number {
  const meant = didYouMean(verb, VERBS);
  const hint = meant ? `did you mean 'offshoot ${meant}'?` : `see 'offshoot --help'`;
  console.error(`offshoot: there is no verb '${verb}'; ${hint}`);
  return EXIT.usage;
}
