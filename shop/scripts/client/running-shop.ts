// Where does the shop run, and where does its data lie, if that is on this machine?
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { notRunning, usageError } from '../command/command-line.ts';
import type { HttpClient } from './http-client.ts';

export interface Place {
  readonly pid: number;
  readonly url: string;
}

/** `run.json`, written by whoever started the shop. */
export interface RunFile {
  readonly shop: Place;
  readonly provider: Place;
  /** Absent for a shop from before there was one. */
  readonly mailbox: Place | undefined;
}

export interface RunningShop {
  readonly url: string;
  /** Its data folder and processes; undefined when that shop is not one of this folder. */
  readonly local: { readonly data: string; readonly run: RunFile } | undefined;
}

const DATA_DEFAULT = '.offshoot';
const PORT_DEFAULT = '3000';
const START = 'start it with npm start';

export const dataFolder = () => resolve(process.env.OFFSHOOT_DATA || DATA_DEFAULT);

/** What runs on a data folder, undefined when nothing does. */
export function readRunFile(data: string): RunFile | undefined {
  try {
    const { shop, provider, mailbox } = JSON.parse(readFileSync(`${data}/run.json`, 'utf8'));
    if (!isPlace(shop) || !isPlace(provider)) return undefined;
    return { shop, provider, mailbox: isPlace(mailbox) ? mailbox : undefined };
  } catch {
    return undefined;
  }
}

/** The shop at `url`, or the one of the data folder, or the one at the usual port. */
export function runningShop(url?: string): RunningShop {
  const data = dataFolder();
  const run = readRunFile(data);
  const base = url === undefined ? undefined : baseOf(url);
  const isLocal = run && (base === undefined || base === baseOf(run.shop.url));
  if (isLocal) return { url: baseOf(run.shop.url), local: { data, run } };
  const usual = `http://127.0.0.1:${process.env.PORT || PORT_DEFAULT}`;
  return { url: base ?? usual, local: undefined };
}

/** The same, where only the files and processes of this machine will do. */
export function localShop(url?: string): NonNullable<RunningShop['local']> {
  const { local } = runningShop(url);
  if (local) return local;
  const what = url === undefined ? 'no shop runs' : `the shop at ${url} does not run`;
  throw notRunning(`${what} on ${dataFolder()}: ${START}, or set OFFSHOOT_DATA to its data folder`);
}

/** Rejects when nobody answers there. */
export async function assertReady(http: HttpClient, { url }: RunningShop): Promise<void> {
  const { status } = await http.send('GET', '/readyz', { timeoutMs: 5_000 });
  if (status === 200) return;
  const found = status === 0 ? 'no shop answers' : `what answers is not ready (${status})`;
  throw notRunning(`${found} at ${url}: ${START}, or name another with --url`);
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:')
    throw usageError(`--url '${url}' cannot be used: give an address like http://127.0.0.1:3000`);
  return parsed.origin.replace('//localhost', '//127.0.0.1');
}

function isPlace(value: unknown): value is Place {
  const { pid, url } = (value ?? {}) as Partial<Place>;
  return Number.isInteger(pid) && typeof url === 'string';
}
