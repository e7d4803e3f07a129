// What stands around every gateway of the bench: three origins, a load generator, a thousand tokens?
import { execFile, spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, privateFolder, startServer } from '../servers/private-server.ts';

export const SECRET = 'a secret of more than thirty-two bytes';
export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'shop';
const TOKENS = 1_000;
const ORIGINS = 3;
/** What an origin answers: about 200 bytes of JSON. */
const BODY = JSON.stringify({
  ...{ id: 'order-000000000001', status: 'confirmed', customer: 'customer-0001' },
  items: [
    { sku: 'KIT-1', quantity: 2 },
    { sku: 'KIT-2', quantity: 1 },
  ],
  total: { amount: 12_990, currency: 'EUR' },
});

export interface Scene {
  /** `http://127.0.0.1:…`, of nginx. */
  readonly origins: readonly string[];
  /** For wrk: a token of a thousand with each request. */
  readonly script: string;
  readonly token: string;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function token(index: number): string {
  const iat = Math.floor(Date.now() / 1_000);
  const claims = { sub: `user-${index}`, iss: ISSUER, aud: AUDIENCE, iat, exp: iat + 3_600 };
  const head = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${head}.${createHmac('sha256', SECRET).update(head).digest('base64url')}`;
}

/** What is measured has a core of its own, everything else the other. */
export const onCore = (core: 0 | 1): readonly string[] =>
  availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0
    ? ['taskset', '-c', String(core)]
    : [];

/** An nginx in a private folder: `servers` stands in its http block. */
export async function nginx(servers: string, port: number, core: 0 | 1): Promise<void> {
  const folder = privateFolder('nginx');
  mkdirSync(join(folder, 'temp'));
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const config = `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 1000000; keepalive_timeout 65s;
${temp.map((one) => `${one}_temp_path ${folder}/temp;`).join(' ')}
${servers} }`;
  writeFileSync(join(folder, 'nginx.conf'), config);
  const [command = 'nginx', ...args] = [...onCore(core), 'nginx'];
  const own = ['-p', folder, '-c', join(folder, 'nginx.conf')];
  await startServer({ command, args: [...args, ...own], port, end: 'SIGQUIT' });
}

let made: Promise<Scene> | undefined;

/** One scene for all contenders of a run. */
export function scene(): Promise<Scene> {
  made ??= build();
  return made;
}

async function build(): Promise<Scene> {
  const ports = await Promise.all(Array.from({ length: ORIGINS }, freePort));
  const answer = `default_type application/json; return 200 '${BODY}';`;
  const servers = ports.map(
    (port) => `server { listen 127.0.0.1:${port}; location / { ${answer} } }`,
  );
  await nginx(servers.join('\n'), ports[0]!, 1);
  const tokens = Array.from({ length: TOKENS }, (_, index) => token(index));
  const script = join(privateFolder('wrk'), 'tokens.lua');
  const lines = tokens.map((one) => `"Bearer ${one}"`).join(',\n');
  writeFileSync(
    script,
    `local tokens = {${lines}}
local at = 0
request = function()
  at = at % ${TOKENS} + 1
  return wrk.format("GET", "/api/orders/7?expand=items", {["authorization"] = tokens[at]})
end
done = function(summary, latency)
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
`,
  );
  return { origins: ports.map((port) => `http://127.0.0.1:${port}`), script, token: tokens[0]! };
}

export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** wrk for so many seconds; throws when an answer was not 2xx. */
export async function wrk(url: string, seconds: number, connections: number): Promise<Measured> {
  const { script } = await scene();
  const [command = 'wrk', ...args] = [...onCore(1), 'wrk'];
  const own = ['-t1', `-c${connections}`, `-d${Math.ceil(seconds)}s`, '-s', script, url];
  const { stdout } = await promisify(execFile)(command, [...args, ...own]);
  const found = /RESULT (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(stdout);
  if (!found) throw new Error(`wrk said nothing of use:\n${stdout}`);
  const [requests, micros, p50, p99, errors] = found.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (errors > 0) throw new Error(`${errors} of ${requests} answers of ${url} were no 2xx`);
  return { perSecond: (requests * 1e6) / micros, p50Ms: p50 / 1_000, p99Ms: p99 / 1_000 };
}

/** A gateway in a process of its own, on its core; its first line on stdout is its address. */
export async function gatewayProcess(file: string, ...args: string[]) {
  const { origins } = await scene();
  const path = new URL(file, import.meta.url).pathname;
  const [command = process.execPath, ...own] = [...onCore(0), process.execPath];
  const env = { ...process.env, ORIGINS: origins.join(), SECRET, ISSUER, AUDIENCE };
  const child = spawn(command, [...own, path, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk) => resolve(String(chunk).trim()));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  return {
    url,
    ...usageOf(child.pid!),
    close() {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

const TICKS_PER_SECOND = 100;

/** What a process has used so far: seconds of CPU, and megabytes. */
export const usageOf = (pid: number) => ({
  cpuSeconds(): number {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  },
  rssMb(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
  },
});
