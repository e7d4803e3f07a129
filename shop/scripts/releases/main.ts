// One process of one release: `main.ts <first|second> <sqlite|postgres> <stall's edition> <bank's edition>`.
// OFFSHOOT_DATA and DATABASE_URL say where. It ends with its input.
import { postgresStores } from '@offshoot/postgres';
import { host, topology } from 'offshoot/host';
import type { Edition } from './editions.ts';
import { bank, stallOf } from './services.ts';

const [name, kind, stall, ofBank] = process.argv.slice(2) as [string, string, Edition, Edition];
const services = [bank(ofBank), stallOf(stall)] as const;
const running = await host({
  topology: topology({
    name: 'releases',
    hosts: [
      { name: 'first', services },
      { name: 'second', services, storesOf: 'first' },
    ],
    store: kind === 'postgres' ? postgresStores() : { kind: 'sqlite' },
    sagaTermMs: 1_500,
    secrets: { master: { env: 'RELEASES_KEY', file: 'master.key' } },
  }),
  name,
  environment: process.env,
});
process.stdout.write('ready\n');
process.stdin.on('end', () => {
  running.drain().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
process.stdin.resume();
