// What does a person read when everything runs?
import type { Places } from './run-file.ts';

/** What a host tells of itself when it is ready. */
export interface HostReport {
  readonly topology: string;
  readonly name: string;
  readonly services: readonly string[];
  /** Absolute path. */
  readonly data: string;
  readonly url?: string | undefined;
  readonly startMs: Readonly<Record<string, number>>;
  /** Where each host of the topology has a process of its own. */
  readonly hosts?: readonly {
    readonly name: string;
    readonly pid: number;
    readonly services: readonly string[];
  }[];
}

const COLUMN = 11;
const row = (name: string, text: string): string => `  ${name.padEnd(COLUMN)}${text}`;

/** What runs where, where the data lies, and the addresses to go on with. */
export function report(host: HostReport, places: Places, readyMs: number, pid?: number): string {
  const others = Object.entries(places).filter(([name]) => name !== 'shop');
  const where = pid === undefined ? '' : `pid ${pid}, `;
  const { hosts } = host;
  const many = hosts === undefined ? 'one process' : `${hosts.length} processes`;
  const each = hosts?.map((one) => row(one.name, `pid ${one.pid}, ${one.services.join(', ')}`));
  const lines = [
    `${host.topology}: ${host.services.length} services in ${many}`,
    ...(each ?? [row(host.name, `${where}${host.services.join(', ')}`)]),
    ...others.map(([name, place]) => row(name, `pid ${place.pid}, ${place.url} (stand-in)`)),
    row('data', host.data),
  ];
  const { url } = host;
  const addresses = url
    ? [
        row('api', `${url}/api/v1`),
        row('contract', `${url}/openapi.json`),
        row('health', `${url}/readyz`),
        row('metrics', `${url}/metrics`),
      ]
    : [];
  return [...lines, ...addresses, `ready in ${Math.round(readyMs)} ms`].join('\n');
}
