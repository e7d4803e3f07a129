// How does a person put the stores of a backup back?
import { resolve } from 'node:path';
import { DATA_DEFAULT, type RestoreReport, restore } from 'offshoot/host';
import { nodeFiles, nodeRuntime } from 'offshoot/runtime/node';
import { EXIT } from './exit-code.ts';
import { HOST_OPTIONS, verb } from './verb.ts';

const USAGE = `usage: offshoot restore --from DIR [options]
  --from DIR   a backup; it is only read
  --data DIR   the data folder of a stopped host (default: OFFSHOOT_DATA, or .offshoot)
  --only NAME  only this service's store; may be repeated
  --json       what was done, on one line
  The whole backup is read and checked before anything is replaced; what is replaced is kept in a
  folder replaced-<time> of the data folder. Each restored store begins a new epoch: a subscription
  that has seen more than the restored log holds stops as FORKED and says so. Then: docs/guides/backup.md`;

/** Restores while nobody runs on the folder. */
export default verb({
  usage: USAGE,
  options: {
    ...HOST_OPTIONS,
    from: { type: 'string' },
    only: { type: 'string', multiple: true },
  },
  async run({ values }) {
    if (values.from === undefined) {
      console.error(`offshoot: say which backup\n${USAGE}`);
      return EXIT.usage;
    }
    const onProgress = (line: string) => console.error(`offshoot: ${line}`);
    const tools = { runtime: nodeRuntime(), files: nodeFiles(), onProgress };
    const report = restore(tools, {
      from: resolve(values.from),
      data: resolve(values.data ?? process.env.OFFSHOOT_DATA ?? DATA_DEFAULT),
      ...(values.only && { only: values.only }),
    });
    console.log(values.json ? JSON.stringify({ version: 1, ...report }) : table(report));
    return EXIT.ok;
  },
});

function table({ stores, keyring, aside }: RestoreReport): string {
  const place = ({ epoch, seq }: { epoch: number; seq: number }) => `${epoch}.${seq}`;
  const rows = stores.map(({ service, head, epoch, replaced }) => {
    const before = replaced ? `was at ${place(replaced)}` : 'was not there';
    return `  ${service.padEnd(16)}at ${place(head)}, goes on in epoch ${epoch} (${before})`;
  });
  const keys =
    keyring === 'kept'
      ? 'keyring kept: it knows every erasure since the backup'
      : 'keyring restored: repeat the erasures since the backup (docs/guides/backup.md)';
  return ['restored', ...rows, `  ${keys}`, `  replaced files: ${aside}`].join('\n');
}
