// How does one host run in this process, from its start to its drain?
import { flushCompileCache } from 'node:module';
import { host, type RunningHost } from 'offshoot/host';
import { type AllHostsOptions, allHosts } from './all-hosts.ts';
import { EXIT } from './exit-code.ts';
import { onInterrupt } from './interrupts.ts';
import { type HostReport, report } from './report.ts';
import { topologyFile } from './topology-file.ts';
import { verb } from './verb.ts';

const OPTIONS = {
  topology: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  data: { type: 'string' },
  /** Started by the launcher: tells it when ready, and ends when it goes away. */
  supervised: { type: 'boolean' },
} as const;

const USAGE = `usage: offshoot up [options]
  --topology NAME   its module, or its name there (default: topology.ts, shop/topologies/monolith.ts)
  --host NAME       which of its hosts    (default: all, each in a process of its own)
  --port N          where it listens      (default: PORT, or what the topology says; 0 = any)
  --data DIR        its data folder       (default: OFFSHOOT_DATA, or .offshoot)`;

/** Starts a host and resolves with the exit code when it has been asked to end and has drained. */
export default verb({
  usage: USAGE,
  options: OPTIONS,
  async run({ values }) {
    const { topology: file, host: name, port, data, supervised = false } = values;
    const ending = asked(supervised);
    const topology = await topologyFile(file);
    const environment = {
      ...process.env,
      ...(port === undefined ? {} : { PORT: port }),
      ...(data === undefined ? {} : { OFFSHOOT_DATA: data }),
    };
    if (name === undefined && topology.hosts.length > 1)
      return upAll({ topology, file, environment }, ending, supervised);
    const running = await host({ topology, environment, ...(name === undefined ? {} : { name }) });
    tell({ topology: topology.name, ...facts(running) }, supervised);
    flushCompileCache();
    await ending;
    await running.drain();
    return EXIT.ok;
  },
});

/** Runs all hosts until asked to end, or until one of them cannot be kept alive. */
async function upAll(
  what: Pick<AllHostsOptions, 'topology' | 'file' | 'environment'>,
  ending: Promise<unknown>,
  isSupervised: boolean,
): Promise<number> {
  const { topology } = what;
  const { promise: givenUp, resolve: onGivenUp } = Promise.withResolvers<number>();
  const say = (line: string) => console.error(`offshoot: ${line}`);
  const all = allHosts({ ...what, say, onGivenUp });
  const asked = ending.then(() => EXIT.ok);
  const up = all.ready.then((hosts) => {
    const edge = hosts.find(({ url }) => url !== undefined) ?? hosts[0]!;
    const services = hosts.flatMap((one) => one.services);
    tell({ ...edge, topology: topology.name, services, hosts }, isSupervised);
    return Promise.race([asked, givenUp]);
  });
  const code = await Promise.race([up, asked, givenUp]);
  await all.stop();
  return code;
}

const facts = ({ name, services, data, url, startMs }: RunningHost) => ({
  name,
  services,
  data,
  url,
  startMs,
});

function tell(host: HostReport, isSupervised: boolean): void {
  const message = { ready: true, ...host, pid: process.pid };
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
