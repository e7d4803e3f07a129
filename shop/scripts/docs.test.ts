import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const guides = join(root, 'docs', 'guides');
const pages = [
  'README.md',
  ...(existsSync(guides) ? readdirSync(guides).map((name) => `docs/guides/${name}`) : []),
].filter((name) => name.endsWith('.md'));

const blocks = (page: string): string[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)].map(
    (match) => match[1] ?? '',
  );

for (const page of pages) {
  blocks(page).forEach((code, index) => {
    test(`the code of ${page}, block ${index + 1}, runs as it is printed`, async () => {
      // Inside the workspace, so that `offshoot/…` means what it means to a reader.
      const folder = mkdtempSync(join(root, 'shop', '.docs-'));
      try {
        const file = join(folder, 'block.ts');
        writeFileSync(file, code);
        const { stderr } = await run(process.execPath, [file], { timeout: 30_000 });
        assert.doesNotMatch(stderr, /error/i);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
}

test('README says in the comment what its example prints', async () => {
  const code = blocks('README.md')[0] ?? '';
  const folder = mkdtempSync(join(root, 'shop', '.docs-'));
  try {
    const file = join(folder, 'block.ts');
    writeFileSync(file, code);
    const { stdout } = await run(process.execPath, [file], { timeout: 30_000 });
    const said = code.trim().split('\n').at(-1)?.split('// ').at(-1) ?? '';
    assert.equal(stdout.trim().split('\n').join('  '), said);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('every step of the journey in ARCHITECTURE.md is a file that defines what it says', () => {
  const rows = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(
    /^\| `(\w+)` \| .* \| `([\w./-]+)` \|$/gm,
  );
  const steps = [...rows];
  assert.ok(steps.length >= 12);
  for (const [, name, file] of steps) {
    const text = readFileSync(join(root, file ?? ''), 'utf8');
    assert.match(
      text,
      new RegExp(`export (async )?(function|const) ${name}\\b`),
      `${file} has ${name}`,
    );
  }
});
