// How does one host run in this process, from its start to its drain?
import { flushCompileCache } from 'node:module';
import { host, type RunningHost } from 'offshoot/host';
import { parsedOptions } from './command-line.ts';
import { EXIT } from './exit-code.ts';
import { onInterrupt } from './interrupts.ts';
import { type HostReport, report } from './report.ts';
import { topologyFile } from './topology-file.ts';

const OPTIONS = {
  topology: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  data: { type: 'string' },
  /** Started by the launcher: tells it when ready, and ends when it goes away. */
  supervised: { type: 'boolean' },
} as const;

/** Starts a host and resolves with the exit code when it has been asked to end and has drained. */
export async function up(args: readonly string[]): Promise<number> {
  const parsed = parsedOptions(args, OPTIONS);
  if ('mistake' in parsed) {
    console.error(`offshoot up: ${parsed.mistake}; see 'offshoot --help'`);
    return EXIT.usage;
  }
  const { topology: file, host: name, port, data, supervised = false } = parsed.values;
  const ending = asked(supervised);
  const topology = await topologyFile(file);
  const environment = {
    ...process.env,
    ...(port === undefined ? {} : { PORT: port }),
    ...(data === undefined ? {} : { OFFSHOOT_DATA: data }),
  };
  const running = await host({ topology, environment, ...(name === undefined ? {} : { name }) });
  tell({ topology: topology.name, ...facts(running) }, supervised);
  flushCompileCache();
  await ending;
  await running.drain();
  return EXIT.ok;
}

const facts = ({ name, services, data, url, startMs }: RunningHost) => ({
  name,
  services,
  data,
  url,
  startMs,
});

function tell(host: HostReport, isSupervised: boolean): void {
  const message = { ready: true, pid: process.pid, ...host };
  if (!isSupervised) console.log(report(host, {}, performance.now()));
  else if (process.send) process.send(message);
  else console.log(JSON.stringify(message));
}

/** Resolves when this process shall end; a second Ctrl-C ends it without waiting. */
function asked(isSupervised: boolean): Promise<void> {
  return new Promise((resolve) => {
    onInterrupt({ first: resolve, second: () => process.exit(EXIT.killed) });
    if (isSupervised) process.once('disconnect', resolve);
  });
}
