import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** A fresh clone of what is committed, with the installed packages of this one. */
async function clone(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-tutorial-'));
  await run('git', ['clone', '--quiet', '--no-hardlinks', root, join(folder, 'clone')]);
  const at = join(folder, 'clone');
  // Workspace links are relative, so a copy of node_modules means the clone's own packages.
  cpSync(join(root, 'node_modules'), join(at, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
    mode: 2,
  });
  for (const place of ['packages/offshoot', 'packages/cli', 'shop', 'checks']) {
    const own = join(root, place, 'node_modules');
    if (existsSync(own)) symlinkSync(own, join(at, place, 'node_modules'));
  }
  return at;
}

function bash(script: string, cwd: string): Promise<{ code: number | null; output: string }> {
  // Inside a test, Node would take a nested `node --test` for a part of it.
  const { NODE_TEST_CONTEXT: _context, ...outer } = process.env;
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...outer, PATH: `${join(cwd, 'node_modules', '.bin')}:${process.env.PATH}` },
  });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    output += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

test('the commands of the tutorial, as they are printed, end well in a fresh clone', async () => {
  const page = readFileSync(join(root, 'docs', 'tutorial.md'), 'utf8');
  const commands = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map((match) => match[1]);
  assert.equal(commands.length, 5);
  const at = await clone();
  try {
    const { code, output } = await bash(commands.join('\n'), at);
    assert.equal(code, 0, output);
    assert.match(output, /\{"count":1\}\{"count":1\}\s*$/, output);
  } finally {
    rmSync(join(at, '..'), { recursive: true, force: true });
  }
});
