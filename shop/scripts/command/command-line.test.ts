// Does a script end with the right code, and one line that says what to do?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Command, EXIT, integer, notRunning, outcomeOf } from './command-line.ts';

const OPTIONS = { count: { type: 'string' } } as const;

async function outcome(args: string[], run: Command<typeof OPTIONS>['run']) {
  const lines: string[] = [];
  const code = await outcomeOf({ usage: 'usage: …', options: OPTIONS, run }, args, (line) =>
    lines.push(line),
  );
  return { code, lines };
}

const counted: Command<typeof OPTIONS>['run'] = async ({ count }) =>
  integer('--count', count, { min: 1, max: 9, fallback: 4 });

test('ends with the code that the script resolves with', async () => {
  assert.deepEqual(await outcome(['--count', '7'], counted), { code: 7, lines: [] });
  assert.deepEqual(await outcome([], counted), { code: 4, lines: [] });
});

test('ends with 2 and one line for a mistake on the command line', async () => {
  for (const args of [['--count', '0'], ['--count', '1.5'], ['--count=-1'], ['--what'], ['x']]) {
    const { code, lines } = await outcome(args, counted);
    assert.equal(code, EXIT.usage);
    assert.equal(lines.length, 1);
    assert.doesNotMatch(lines[0] ?? '', /\n/);
  }
});

test('ends with 3 when nothing runs, and with 1 for any other failure', async () => {
  const absent = await outcome([], () => Promise.reject(notRunning('start it with npm start')));
  assert.deepEqual(absent, { code: EXIT.notRunning, lines: ['start it with npm start'] });
  const broken = await outcome([], () => Promise.reject(new Error('broken')));
  assert.deepEqual(broken, { code: EXIT.failed, lines: ['broken'] });
});
