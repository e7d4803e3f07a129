// Who takes part, and what of each is measured beside its speed?
import type { Contender } from '../contender.ts';
import { median } from '../measure.ts';
import { freePort } from '../servers/private-server.ts';
import { gatewayProcess, nginx, scene, wrk } from './scene.ts';

/** By contender: requests for each second of its CPU, the 99th percentile, and its memory, each round. */
export const used = new Map<string, { perCpu: number[]; p99Ms: number[]; rssMb: number[] }>();

/** The middle of what was seen of a contender; NaN when it did not take part. */
export function usual(name: string, of: 'perCpu' | 'p99Ms' | 'rssMb'): number {
  const seen = used.get(name)?.[of] ?? [];
  return seen.length > 0 ? median(seen) : Number.NaN;
}

const WARM_SECONDS = 3;

/** A gateway of one process, over `file` of this folder. */
export function gateway(name: string, file: string, ...args: string[]): Contender {
  return {
    name,
    async open() {
      const process = await gatewayProcess(file, ...args);
      return {
        run: async () => {},
        async measure(seconds, inFlight) {
          const refused = await fetch(`${process.url}/api/orders/7`);
          if (refused.status !== 401) throw new Error(`${name} lets strangers in`);
          await wrk(process.url, WARM_SECONDS, inFlight);
          const before = process.cpuSeconds();
          const round = await wrk(process.url, seconds, inFlight);
          const cpu = process.cpuSeconds() - before;
          const mine = used.get(name) ?? { perCpu: [], p99Ms: [], rssMb: [] };
          used.set(name, mine);
          mine.perCpu.push((round.perSecond * Math.ceil(seconds)) / cpu);
          mine.p99Ms.push(round.p99Ms);
          mine.rssMb.push(process.rssMb());
          return round;
        },
        close: () => process.close(),
      };
    },
  };
}

let port: Promise<number> | undefined;

async function plain(): Promise<number> {
  const { origins } = await scene();
  const own = await freePort();
  const upstream = origins.map((one) => `server ${one.slice('http://'.length)};`).join(' ');
  const pass =
    'proxy_pass http://origins/orders/; proxy_http_version 1.1; proxy_set_header Connection "";';
  await nginx(
    `upstream origins { ${upstream} keepalive 64; }
server { listen 127.0.0.1:${own}; location /api/orders/ { ${pass} } }`,
    own,
    0,
  );
  return own;
}

/** nginx, which forwards and does nothing else. */
export const nginxPlain: Contender = {
  name: 'nginx, plain',
  async open() {
    port ??= plain();
    const url = `http://127.0.0.1:${await port}`;
    return {
      run: async () => {},
      measure: async (seconds, inFlight) => {
        await wrk(url, WARM_SECONDS, inFlight);
        return wrk(url, seconds, inFlight);
      },
      close: async () => {},
    };
  },
};
