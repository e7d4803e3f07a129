// Rebuilds a read model under reads, and says what was seen: npm run rebuild -- --events N
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rebuildUnderReads } from './scenario.ts';

const USAGE = `usage: npm run rebuild -- [options]
  --events N   events in the log (default: 1000000)
  --reads N    reads a second while the new rows are built (default: 1000)
  --json       the outcome as one line on stdout
  exit codes: 0 as promised, 4 a read failed or was stale, or the rows differ`;

const FAILED = 4;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        events: { type: 'string', default: '1000000' },
        reads: { type: 'string', default: '1000' },
        json: { type: 'boolean', default: false },
      },
    });
    const [events, readsPerSecond] = [Number(values.events), Number(values.reads)];
    if (Number.isInteger(events) && events >= 100 && readsPerSecond >= 1)
      return { events, readsPerSecond, json: values.json };
  } catch {}
  console.error(USAGE);
  process.exit(2);
}

const { events, readsPerSecond, json } = options();
const folder = mkdtempSync(join(tmpdir(), 'offshoot-rebuild-'));
try {
  const note = (text: string) => console.error(text);
  const outcome = await rebuildUnderReads({ events, readsPerSecond, folder, note });
  console.log(json ? JSON.stringify(outcome) : outcome);
  const { failedReads, staleAfterSwitch, equal } = outcome;
  process.exitCode = failedReads + staleAfterSwitch > 0 || !equal ? FAILED : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
