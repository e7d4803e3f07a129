// Do the adapters keep their promises on real servers? The entry of `npm run test:real`.
// Use: node checks/src/test-real.ts [--json] [PATH…]; runs *.real.test.ts on each server there is.
// REAL_MINUTES: how long a file may take (2).
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { postgresServers } from './real/postgres.ts';
import type { RealServer } from './real/real-server.ts';
import { redisServers } from './real/redis.ts';
import { registryServers } from './real/registries.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['packages', 'shop'];
/** A long run needs more. */
const MINUTES = Number(process.env.REAL_MINUTES ?? 2);
const TEST_TIMEOUT_MS = MINUTES * 60_000;
const RUN_TIMEOUT_MS = Math.max(15 * 60_000, 2 * TEST_TIMEOUT_MS);

export interface ServerReport {
  readonly name: string;
  readonly version: string | null;
  /** Tests that ran on it. */
  readonly ran: number;
  readonly skippedBecause: string | null;
}

export interface RealReport {
  readonly servers: readonly ServerReport[];
  readonly passed: number;
  readonly failed: number;
}

/** Every `*.real.test.ts` at or below a path. */
export function realTests(path: string): string[] {
  if (statSync(path).isFile()) return path.endsWith('.real.test.ts') ? [path] : [];
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && name !== 'fixtures')
    .flatMap(({ name }) => realTests(join(path, name)))
    .sort();
}

interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

/** Runs the files with what Node says on `output`, and reads its last lines. */
function run(
  files: readonly string[],
  environment: Readonly<Record<string, string>>,
  output: NodeJS.WriteStream,
): Promise<Outcome> {
  const { NODE_TEST_CONTEXT: _ours, ...own } = process.env; // its tests are not part of another run
  const options = ['--test', '--test-reporter=spec', `--test-timeout=${TEST_TIMEOUT_MS}`];
  const child = spawn(process.execPath, [...options, ...files], {
    cwd: ROOT,
    env: { ...own, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const late = setTimeout(() => child.kill('SIGKILL'), RUN_TIMEOUT_MS);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk;
    output.write(chunk);
  });
  const counted = (what: string) =>
    Number(new RegExp(`^ℹ ${what} (\\d+)$`, 'm').exec(said)?.[1] ?? 0);
  return new Promise((resolve) =>
    child.once('close', (code) => {
      clearTimeout(late);
      const passed = counted('pass');
      const failed = counted('fail') + counted('cancelled');
      const isSilent = passed + failed === 0; // nothing ran, so nothing was shown
      resolve({ passed, failed: code === 0 && !isSilent ? failed : Math.max(1, failed) });
    }),
  );
}

/** Runs the files on each server in turn; in CI one that is not there is a failure. */
export async function testReal(
  servers: readonly RealServer[],
  files: readonly string[],
  { output, isCI }: { readonly output: NodeJS.WriteStream; readonly isCI: boolean },
): Promise<RealReport> {
  const reports: ServerReport[] = [];
  let passed = 0;
  let failed = 0;
  for (const server of servers) {
    const { name, version, missing, start, runs = () => true, isOptional = false } = server;
    const own = files.filter((file) => runs(relative(ROOT, file)));
    if (own.length === 0) continue;
    if (version === undefined) {
      const isFailure = isCI && !isOptional;
      output.write(`${isFailure ? '✖' : '﹣'} ${name} is not on this machine: ${missing}\n`);
      reports.push({ name, version: null, ran: 0, skippedBecause: `not installed: ${missing}` });
      failed += Number(isFailure);
      continue;
    }
    output.write(`\n${name} ${version}\n`);
    const running = await start();
    try {
      const done = await run(own, running.environment, output);
      reports.push({ name, version, ran: done.passed + done.failed, skippedBecause: null });
      passed += done.passed;
      failed += done.failed;
    } finally {
      await running.stop();
    }
  }
  return { servers: reports, passed, failed };
}

async function main(args: readonly string[]): Promise<number> {
  const isJson = args.includes('--json');
  const paths = args.filter((arg) => !arg.startsWith('-')).map((path) => join(process.cwd(), path));
  const lost = paths.find((path) => !existsSync(path));
  const folders = FOLDERS.map((folder) => join(ROOT, folder));
  const files = lost ? [] : (paths.length > 0 ? paths : folders).flatMap(realTests);
  if (files.length === 0) {
    console.error(`no *.real.test.ts at ${relative(ROOT, lost ?? '') || 'the paths given'}`);
    return 2;
  }
  const output = isJson ? process.stderr : process.stdout;
  const isCI = process.env.CI === 'true';
  const servers = [...postgresServers(), ...registryServers(), ...redisServers()];
  const report = await testReal(servers, files, { output, isCI });
  if (isJson) console.log(JSON.stringify(report));
  else for (const line of linesOf(report)) console.log(line);
  return report.failed > 0 ? 1 : 0;
}

function linesOf({ servers, passed, failed }: RealReport): string[] {
  const each = servers.map(({ name, version, ran, skippedBecause }) =>
    skippedBecause === null ? `${name} ${version}: ${ran} tests` : `${name}: ${skippedBecause}`,
  );
  return ['', ...each, `test:real: ${passed} passed, ${failed} failed`];
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = await main(process.argv.slice(2));
