// How is a running host copied into a folder that can be trusted?
import { basename, dirname, join, resolve } from 'node:path';
import { OffshootError } from 'offshoot/error';
import { type BackupManifest, type Cut, DATA_DEFAULT, sealBackup } from 'offshoot/host';
import { type Files, nodeFiles, nodeRuntime } from 'offshoot/runtime/node';
import { EXIT } from './exit-code.ts';
import { type Operator, operator } from './operator.ts';
import { HOST_OPTIONS, verb } from './verb.ts';

const USAGE = `usage: offshoot backup --to DIR [options]
  --to DIR    where the backup goes; must not exist, or be empty
  --data DIR  the host's data folder (default: OFFSHOOT_DATA, or .offshoot)
  --json      the manifest on one line
  Every store, the keyring and topology.json, as they were at one moment. The host goes on serving.
  Not in it: the master key (master.key, or OFFSHOOT_KEY). Keep a copy of that somewhere else:
  without it nobody can read personal data of the backup, with it everybody who has both can.`;

const LOOK_EVERY_MS = 1_000;
const MEGABYTE = 1_000_000;
const say = (line: string) => console.error(`offshoot: ${line}`);

/** Asks the host for copies, reads them again to their end, and only then gives them their name. */
export default verb({
  usage: USAGE,
  options: { ...HOST_OPTIONS, to: { type: 'string' } },
  async run({ values }) {
    if (values.to === undefined) {
      console.error(`offshoot: say where the backup goes\n${USAGE}`);
      return EXIT.usage;
    }
    const to = resolve(values.to);
    const data = resolve(values.data ?? process.env.OFFSHOOT_DATA ?? DATA_DEFAULT);
    const manifest = await backup(operator(data), data, to);
    console.log(
      values.json ? JSON.stringify({ version: 1, to, ...manifest }) : table(to, manifest),
    );
    return EXIT.ok;
  },
});

async function backup(ask: Operator, data: string, to: string): Promise<BackupManifest> {
  const files = nodeFiles();
  if (files.list(to).length > 0)
    throw new OffshootError('BAD_SETTING', `${to} is not empty: name a folder that does not exist`);
  // Beside its final place, so that the last step is one rename.
  const partial = join(dirname(to), `.${basename(to)}.${process.pid}.partial`);
  try {
    files.makeFolder(partial);
    const stop = watch(files, data, partial);
    const cut: Cut = await ask('backup', { to: partial }).finally(stop);
    say('reading the copies to their end');
    const tools = { runtime: nodeRuntime(), files, onProgress: say };
    const manifest = sealBackup(tools, partial, cut);
    files.move(partial, to);
    return manifest;
  } catch (error) {
    files.removeTree(partial);
    throw asSetup(error, to);
  }
}

/** Says once a second how far the host has come. */
function watch(files: Files, from: string, to: string): () => void {
  const bytes = (folder: string) => {
    const sizes = files
      .list(folder)
      .filter((name) => name.endsWith('.db'))
      .map((name) => files.size(join(folder, name)));
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  const all = bytes(from);
  const timer = setInterval(() => {
    say(`copied ${Math.round(bytes(to) / MEGABYTE)} of about ${Math.round(all / MEGABYTE)} MB`);
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

function asSetup(error: unknown, to: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof OffshootError || syscall === undefined) return error;
  const message = `${to} cannot be written (${code}): name another folder`;
  return new OffshootError('BAD_SETTING', message, { cause: error });
}

function table(to: string, { stores, others }: BackupManifest): string {
  const size = (bytes: number) => `${(bytes / MEGABYTE).toFixed(1)} MB`.padStart(10);
  const rows = stores.map(
    ({ service, bytes, head, entries }) =>
      `  ${service.padEnd(16)}${size(bytes)}  ${String(entries).padStart(9)} entries, head ${head.epoch}.${head.seq}`,
  );
  const rest = others.map(({ file, bytes }) => `  ${file.padEnd(16)}${size(bytes)}`);
  return [`backup in ${to}`, ...rows, ...rest].join('\n');
}
