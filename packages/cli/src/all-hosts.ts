// How do all hosts of a topology run, each in a process of its own, and stay alive?
import { join } from 'node:path';
import type { Topology } from 'offshoot/host';
import { type KeptProcess, keptProcess } from './kept-process.ts';
import type { HostReport } from './report.ts';
import { child } from './running.ts';

export interface AllHostsOptions {
  readonly topology: Topology;
  /** What names the topology's module to the process of each host. */
  readonly file: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** A line for the person who watches. */
  readonly say: (line: string) => void;
  /** A host could not be kept alive; with the code to end with. */
  readonly onGivenUp: (exitCode: number) => void;
}

/** One host in its process. */
export interface HostedReport extends HostReport {
  readonly pid: number;
}

export interface AllHosts {
  /** Resolves when all take requests, in the order of the topology; never when one is given up. */
  readonly ready: Promise<readonly HostedReport[]>;
  /** All at once: each drains. */
  stop(): Promise<void>;
  kill(): void;
}

const MAIN = join(import.meta.dirname, 'main.ts');
const STDERR = 2;
const GRACE_MS = 15_000;

/** Starts every host of a topology, and starts again those that end. */
export function allHosts(options: AllHostsOptions): AllHosts {
  const { topology, file, environment, say, onGivenUp } = options;
  const reports = new Map<string, HostedReport>();
  const { promise: ready, resolve } = Promise.withResolvers<readonly HostedReport[]>();
  const named = file === undefined ? [] : ['--topology', file];
  const kept = topology.hosts.map(({ name }): KeptProcess => {
    const args = [...process.execArgv, MAIN, 'up', '--supervised', ...named, '--host', name];
    return keptProcess({
      ...{ name: `host ${name}`, say, onGivenUp },
      start(port) {
        const again = port === undefined ? [] : ['--port', String(port)];
        return child([...args, ...again], { readyBy: 'message', environment, output: STDERR });
      },
      onReady({ pid, ready: report, again }) {
        if (again) return say(`host ${name} is back, pid ${pid}`);
        reports.set(name, { ...(report as unknown as HostReport), pid });
        if (reports.size === topology.hosts.length)
          resolve(topology.hosts.map((host) => reports.get(host.name)!));
      },
    });
  });
  return {
    ready,
    stop: async () => void (await Promise.all(kept.map((one) => one.stop(GRACE_MS)))),
    kill() {
      for (const one of kept) one.kill();
    },
  };
}
