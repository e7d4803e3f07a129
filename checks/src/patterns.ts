// Does every row of docs/patterns.md name a test, and does that test run and pass?
// Use: node checks/src/patterns.ts [--root DIR]; exit 1 with a line for each row that is not true.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROWS = 64;
const PAGE = 'docs/patterns.md';

export interface Row {
  readonly number: number;
  readonly line: number;
  /** Files or folders that hold the pattern. */
  readonly places: readonly string[];
  readonly tests: readonly { readonly file: string; readonly name: string }[];
  readonly commands: readonly string[];
  readonly isNotYet: boolean;
}

const codes = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');

/** `| 12 | save and publish | places | tests |`: a test is `file` › name; several end with `<br>`. */
export function rowsOf(page: string): Row[] {
  return page.split('\n').flatMap((text, index): Row[] => {
    const cells = text.split('|').map((cell) => cell.trim());
    const number = Number(cells[1]);
    if (cells.length < 6 || !Number.isInteger(number) || number === 0) return [];
    const shown = (cells[4] ?? '').split('<br>').map((part) => part.trim());
    const tests = shown.flatMap((part) => {
      const match = /^`([^`]+)` › (.+)$/.exec(part);
      return match ? [{ file: match[1] ?? '', name: match[2] ?? '' }] : [];
    });
    const commands = shown.filter((part) => part.startsWith('`npm ')).flatMap(codes);
    const places = codes(cells[3] ?? '');
    return [{ number, line: index + 1, places, tests, commands, isNotYet: cells[4] === 'not yet' }];
  });
}

function spoken(root: string, row: Row, scripts: Readonly<Record<string, string>>): string[] {
  const at = `${PAGE}:${row.line}: row ${row.number}`;
  const missing = row.places.filter((place) => !existsSync(join(root, place)));
  const unknown = row.commands.filter((text) => {
    const name = /^npm (?:run )?(\w[\w:]*)/.exec(text)?.[1] ?? '';
    return scripts[name] === undefined;
  });
  const silent = !row.isNotYet && row.tests.length + row.commands.length === 0;
  return [
    ...missing.map((place) => `${at} names ${place}, which is not there`),
    ...unknown.map((text) => `${at} names the command '${text}', which package.json does not have`),
    ...(silent ? [`${at} names no test; name one, or say 'not yet'`] : []),
  ];
}

const literally = (name: string) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The names of the tests that ran and passed, by file. */
function passed(root: string, rows: readonly Row[]): Set<string> {
  const tests = rows.flatMap((row) => row.tests);
  const files = [...new Set(tests.map((test) => test.file))].filter((file) =>
    existsSync(join(root, file)),
  );
  if (files.length === 0) return new Set();
  const reporter = fileURLToPath(new URL('./passed-reporter.ts', import.meta.url));
  const patterns = tests.map(({ name }) => `--test-name-pattern=/${literally(name)}$/`);
  const { NODE_TEST_CONTEXT: _outer, ...env } = process.env;
  const given = ['--test', `--test-reporter=${reporter}`, ...new Set(patterns), ...files];
  const { stdout } = spawnSync(process.execPath, given, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return new Set(
    lines.map((line) => {
      const { file, name } = JSON.parse(line) as { file: string; name: string };
      return `${resolve(file)} › ${name}`;
    }),
  );
}

/** What docs/patterns.md says that is not so; empty = all true. */
export function untrue(root: string): string[] {
  const rows = rowsOf(readFileSync(join(root, PAGE), 'utf8'));
  const { scripts = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const found = rows.flatMap((row) => spoken(root, row, scripts));
  for (let number = 1; number <= ROWS; number += 1)
    if (!rows.some((row) => row.number === number)) found.push(`${PAGE}: row ${number} is missing`);
  const ran = passed(root, rows);
  for (const { number, line, tests } of rows)
    for (const { file, name } of tests)
      if (!ran.has(`${join(root, file)} › ${name}`))
        found.push(`${PAGE}:${line}: row ${number}: '${name}' of ${file} did not run and pass`);
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.indexOf('--root');
  const root = resolve(given < 0 ? '.' : (process.argv[given + 1] ?? '.'));
  const found = untrue(root);
  for (const line of found) console.log(line);
  const rows = rowsOf(readFileSync(join(root, PAGE), 'utf8'));
  const shown = rows.filter((row) => !row.isNotYet).length;
  console.log(
    `${rows.length} rows, ${shown} shown, ${rows.length - shown} not yet, ${found.length} untrue`,
  );
  process.exitCode = found.length > 0 ? 1 : 0;
}
