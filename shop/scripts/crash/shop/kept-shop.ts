// How is the shop's process started on the same folder and port after each kill?
import { join } from 'node:path';
import { type Crashable, crashable } from '../crashable.ts';
import type { StoreKind } from '../harness/protocol.ts';
import type { Arming } from '../points.ts';
import type { FromShop, ShopSetting, ToShop } from './protocol.ts';

export type ShopProcess = Crashable<ToShop, FromShop>;

export interface KeptShop {
  readonly process: ShopProcess | undefined;
  /** Starts it and resolves with its address when it takes requests. */
  start(): Promise<string>;
  /** Starts it, to die on the way. */
  launch(arming?: Arming): ShopProcess;
  ready(process: ShopProcess): Promise<string>;
  /** Drains it, if it runs. */
  end(): Promise<void>;
}

const PROCESS = join(import.meta.dirname, 'process.ts');
const READY_MS_MAX = 30_000;
const DRAIN_MS_MAX = 20_000;

const isReady = (message: FromShop): message is FromShop => message.kind === 'ready';

export function keptShop(store: StoreKind, environment: NodeJS.ProcessEnv): KeptShop {
  let port = '0';
  let current: ShopProcess | undefined;

  const launch = (arming?: Arming): ShopProcess => {
    const setting: ShopSetting = { store, ...(arming && { arming }) };
    const args = [PROCESS, JSON.stringify(setting)];
    const environs = { ...environment, PORT: port, LOG_LEVEL: 'warn' };
    current = crashable({ args, environment: environs, onMessage: () => {} });
    return current;
  };
  const ready = async (process: ShopProcess): Promise<string> => {
    const { url } = await process.next(isReady, READY_MS_MAX);
    port = new URL(url).port;
    return url;
  };
  return {
    get process() {
      return current;
    },
    start: () => ready(launch()),
    launch,
    ready,
    async end() {
      if (!current || current.isGone) return;
      current.send({ kind: 'end' });
      await current.ended(DRAIN_MS_MAX);
    },
  };
}
