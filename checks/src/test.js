// Do the tests pass? The entry of `npm test`; paths narrow it, options go on to Node.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireNode24 } from './node-version.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const FOLDERS = ['packages', 'shop', 'checks'];
const FOREIGN = new Set(['node_modules', 'fixtures', 'dist', 'coverage']);
const TEST_TIMEOUT_MS = 300_000; // a busy machine is no defect
/** A file whose server or timer is never closed would hold CI for ever. */
const CI_TIMEOUT_MS = 40 * 60_000;

requireNode24('test');
run(process.argv.slice(2));

function run(args) {
  const { options, paths } = sorted(args);
  const chosen = paths.length > 0 ? paths : FOLDERS.map((folder) => join(ROOT, folder));
  const files = [...new Set(chosen.flatMap(testsBelow))].sort();
  if (files.length === 0) {
    console.error(`no *.test.ts at ${chosen.map(shown).join(', ')}: name a test or a folder above`);
    process.exit(1);
  }
  const child = spawn(process.execPath, ['--test', ...withDefaults(options), ...files], {
    stdio: 'inherit',
  });
  if (process.env.CI) setTimeout(() => giveUp(child), CI_TIMEOUT_MS).unref();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function giveUp(child) {
  console.error(
    'the tests did not end in 40 minutes: a file above keeps its process alive, close what it opens',
  );
  child.kill('SIGTERM');
}

/** Tells paths from options; the value of `--option value` is no path. */
function sorted(args) {
  const options = [];
  const paths = [];
  for (const [index, arg] of args.entries()) {
    const path = found(arg);
    const isValue = /^--?[^=]+$/.test(args[index - 1] ?? '') && path === undefined;
    if (arg.startsWith('-') || isValue) options.push(arg);
    else paths.push(path ?? arg);
  }
  return { options, paths };
}

/** A path is meant from where the person stands, else from the root. */
function found(arg) {
  const bases = [process.env.INIT_CWD ?? process.cwd(), process.cwd(), ROOT];
  return bases.map((base) => join(base, arg)).find((path) => existsSync(path)) ?? absolute(arg);
}

function absolute(arg) {
  return existsSync(arg) ? arg : undefined;
}

function testsBelow(path) {
  if (!existsSync(path)) {
    console.error(`${shown(path)} does not exist: name a test or a folder of tests`);
    process.exit(1);
  }
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory())
      return FOREIGN.has(entry.name) ? [] : testsBelow(join(path, entry.name));
    // Those of real servers are run by `npm run test:real`, which starts the servers.
    const isTest = entry.name.endsWith('.test.ts') && !entry.name.endsWith('.real.test.ts');
    return entry.isFile() && isTest ? [join(path, entry.name)] : [];
  });
}

function withDefaults(options) {
  const defaults = [
    ['--test-reporter', 'spec'],
    ['--test-timeout', TEST_TIMEOUT_MS],
    ['--test-concurrency', availableParallelism()],
  ];
  const missing = defaults.filter(
    ([name]) => !options.some((option) => option.split('=')[0] === name),
  );
  return [...missing.map(([name, value]) => `${name}=${value}`), ...options];
}

function shown(path) {
  return relative(ROOT, path).split(sep).join('/') || '.';
}
