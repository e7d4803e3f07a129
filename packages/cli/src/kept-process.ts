// How does a process stay alive: started, watched, started again on the same port, ended?
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { EXIT } from './exit-code.ts';
import { restartPolicy } from './restart-policy.ts';
import type { Exit, Ready, Running } from './running.ts';

export interface KeptProcessOptions {
  readonly name: string;
  /** Starts the process; `port` is the one it had, undefined at first. */
  start(port: number | undefined): Running;
  /** A process that is alive already and takes the place of the first one. */
  readonly found?: Running;
  /** Told each time it takes requests: `again` when it had before. */
  onReady(place: { readonly pid: number; readonly ready: Ready; readonly again: boolean }): void;
  /** Told when it is not started any more; with the code that the launcher should end with. */
  onGivenUp(exitCode: number): void;
  /** A line for the person who watches. */
  say(line: string): void;
}

export interface KeptProcess {
  /** SIGTERM, and SIGKILL after `graceMs`. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
  /** SIGKILL, now. */
  kill(): void;
}

const READY_MS_MAX = 60_000;

const portOf = (url: string | undefined): number | undefined =>
  url === undefined ? undefined : Number(new URL(url).port);
const how = ({ code, signal }: Exit): string =>
  signal ?? (code === null ? 'for an unknown reason' : `with exit code ${code}`);

/** Keeps one process alive within the limits of the restart policy. */
export function keptProcess(options: KeptProcessOptions): KeptProcess {
  const { name, say } = options;
  const policy = restartPolicy();
  let port: number | undefined;
  let wasUp = false;
  let running: Running | undefined;
  let isStopping = false;

  const watch = async (one: Running): Promise<void> => {
    let wasReady = false;
    running = one;
    const late = setTimeout(() => one.signal('SIGKILL'), READY_MS_MAX);
    void one.ready.then((ready) => {
      clearTimeout(late);
      if (isStopping || running !== one) return;
      const again = wasUp;
      wasReady = wasUp = true;
      port = portOf(ready.url);
      options.onReady({ pid: one.pid, ready, again });
    });
    const exit = await one.ended;
    clearTimeout(late);
    running = undefined;
    if (!isStopping) await afterDeath(exit, wasReady);
  };

  const afterDeath = async (exit: Exit, wasReady: boolean): Promise<void> => {
    if (exit.code === EXIT.setup || exit.code === EXIT.usage) return options.onGivenUp(exit.code);
    const verdict = policy({ at: performance.now(), wasReady });
    if ('giveUp' in verdict) {
      say(`${name} ended (${how(exit)}) and is not started again: ${verdict.giveUp}`);
      return options.onGivenUp(EXIT.failed);
    }
    say(`${name} ended (${how(exit)}); starting it again`);
    if (verdict.restartInMs > 0) await wait(verdict.restartInMs);
    if (!isStopping) void watch(options.start(port));
  };

  void watch(options.found ?? options.start(undefined));
  return {
    async stop(graceMs) {
      isStopping = true;
      const one = running;
      if (!one) return;
      one.signal('SIGTERM');
      const hard = setTimeout(() => one.signal('SIGKILL'), graceMs);
      await one.ended;
      clearTimeout(hard);
    },
    kill() {
      isStopping = true;
      running?.signal('SIGKILL');
    },
  };
}
