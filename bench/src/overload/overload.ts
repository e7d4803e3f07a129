// Does the system do its best under ten times its load, and leave an overload by itself? npm run overload
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Offered, Phase } from './generator.ts';
import type { Order } from './server.ts';

const USAGE = `usage: npm run overload -- [options]
  --slots N      of the resource; each takes 10 ms (default: 20, so 2,000 a second)
  --seconds N    length of a phase (default: 10)
  --json         the outcome as one line on stdout
  Five services, one asking the next, in a process on one core; who asks them is on another.`;

const WORK_MS = 10;
const DEADLINE_MS = 250;
const OUTAGE_MS = 10_000;
const BUDGET_MS = 11_000;
const RECOVERY_MS_MAX = 15_000;
/** Of what the resource can do: what is critical, and it stays so whatever else is offered. */
const CRITICAL_SHARE = 0.2;
/** The generator is believed when it offered so much of its rate, and never stalled for longer. */
const OFFERED_SHARE_MIN = 0.99;
const STALLED_MS_MAX = 100;

interface Taken {
  readonly reached: readonly number[];
  readonly cpuMs: number;
  readonly look: unknown;
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        slots: { type: 'string', default: '20' },
        seconds: { type: 'string', default: '10' },
        json: { type: 'boolean', default: false },
      },
    });
    const [slots, seconds] = [Number(values.slots), Number(values.seconds)];
    if (slots >= 1 && seconds >= 1) return { slots, seconds, json: values.json };
  } catch {}
  console.error(USAGE);
  process.exit(2);
}

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** A process of its own, on a core of its own where the machine has one to give. */
function start(name: string, core: number, args: readonly number[]): ChildProcess {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const command = [process.execPath, file, ...args.map(String)];
  if (canPin) command.unshift('taskset', '-c', String(core));
  const [program = '', ...rest] = command;
  return spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

function next<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null) => reject(new Error(`a process ended with ${code}`));
    child.once('exit', gone);
    child.once('message', (message) => {
      child.off('exit', gone);
      resolve(message as T);
    });
  });
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const note = (text: string) => console.error(text);
const sum = (all: readonly number[]) => all.reduce((a, b) => a + b, 0);

async function main(): Promise<number> {
  const { slots, seconds, json } = options();
  const capacity = (slots * 1_000) / WORK_MS;
  const critical = capacity * CRITICAL_SHARE;
  const server = start('server', 0, [slots, WORK_MS]);
  const { port } = await next<{ port: number }>(server);
  const generator = start('generator', 1, [port, DEADLINE_MS]);
  await next(generator);
  const order = (one: Order) => server.send(one);
  const take = async (): Promise<Taken> => {
    const answer = next<Taken>(server);
    order({ take: 'reached' });
    return answer;
  };

  const offer = async (name: string, times: number, length = seconds) => {
    const otherPerSecond = Math.max(0, capacity * times - critical);
    const phase: Phase = { name, criticalPerSecond: critical, otherPerSecond, seconds: length };
    const before = await take();
    const answer = next<Offered>(generator);
    generator.send(phase);
    const offered = await answer;
    const after = await take();
    const cpu = (after.cpuMs - before.cpuMs) / (length * 10);
    const amplification = Math.max(...after.reached) / offered.sent;
    note(
      `${name}: ${Math.round(offered.sentPerSecond)} offered, ${Math.round(offered.good / length)} good /s, ` +
        `critical ${offered.criticalGood} of ${offered.criticalSent}, p99 ${offered.p99Ms.toFixed(0)} ms, ` +
        `late ${offered.late}, reached ${after.reached.join(' ')}, processor ${cpu.toFixed(0)} %, stalled ${offered.stalledMs.toFixed(0)} ms`,
    );
    if (process.env.OVERLOAD_LOOK) note(JSON.stringify(after.look));
    return { ...offered, amplification, goodPerSecond: offered.good / length };
  };

  try {
    await offer('warming up', 0.5, Math.min(5, seconds));
    // What was saved up in ten seconds with calls may be spent in the next ones: so nothing was.
    await sleep(BUDGET_MS);
    order({ flaky: 0.4 });
    const flaky = await offer('0.5 x, two in five fail', 0.5);
    order({ flaky: 0 });

    const around = [];
    for (const times of [0.9, 1, 1.1]) around.push(await offer(`${times} x`, times));
    const peak = Math.max(...around.map(({ goodPerSecond }) => goodPerSecond));
    const tenfold = await offer('10 x', 10);

    const usual = await offer('0.8 x', 0.8, 5);
    const recovering = offer('0.8 x, away for 10 s', 0.8, (OUTAGE_MS + RECOVERY_MS_MAX) / 1_000);
    order({ away: true });
    await sleep(OUTAGE_MS);
    order({ away: false });
    const { tenths, ...outage } = await recovering;
    const recoverySeconds = recovery(tenths, usual.goodPerSecond);

    const all = [...around, tenfold, flaky, usual, outage];
    const outcome = {
      offeredRate: Math.round(tenfold.sentPerSecond),
      goodputAt10x: Number((tenfold.goodPerSecond / peak).toFixed(3)),
      recoverySeconds,
      amplification: Number(Math.max(...all.map((one) => one.amplification)).toFixed(3)),
      criticalServed: Number((tenfold.criticalGood / tenfold.criticalSent).toFixed(4)),
      peakPerSecond: Math.round(peak),
      p99MsAt10x: Math.round(tenfold.p99Ms),
      isPinned: canPin,
    };
    if (json) console.log(JSON.stringify(outcome));
    else console.log(outcome);
    const unfair = all.filter(
      ({ sent, planned, stalledMs, sentPerSecond, name }) =>
        sent < planned * OFFERED_SHARE_MIN ||
        stalledMs > STALLED_MS_MAX ||
        (name === '10 x' && sentPerSecond < capacity * 10 * OFFERED_SHARE_MIN),
    );
    for (const { name, sentPerSecond, stalledMs } of unfair)
      note(
        `the generator could not offer its rate (${name}: ${Math.round(sentPerSecond)}/s, stalled ${Math.round(stalledMs)} ms): this run says nothing`,
      );
    if (unfair.length > 0) return 3;
    const { goodputAt10x, amplification, criticalServed } = outcome;
    const isGood =
      goodputAt10x >= 0.95 &&
      criticalServed >= 0.995 &&
      recoverySeconds <= 5 &&
      amplification <= 1.1;
    return isGood ? 0 : 1;
  } finally {
    generator.disconnect();
    server.disconnect();
  }
}

/** Seconds from the end of the outage until a whole second of goodput is 95 % of the usual. */
function recovery(tenths: readonly number[], usualPerSecond: number): number {
  const end = OUTAGE_MS / 100;
  for (let from = end; from + 10 <= tenths.length; from += 1)
    if (sum(tenths.slice(from, from + 10)) >= usualPerSecond * 0.95) return (from - end) / 10;
  return Number.POSITIVE_INFINITY;
}

process.exitCode = await main();
