// Which globals and modules are nondeterministic, and which files may touch them?

import { isTest } from './source.ts';

/** Globals that only the runtime touches, with what to use in their place. */
export const CLOSED_GLOBALS: ReadonlyMap<string, string> = new Map([
  ['Date', 'take the time from runtime'],
  ['performance', 'take the time from runtime'],
  ['process.hrtime', 'take the time from runtime'],
  ['setTimeout', 'take a timer from runtime'],
  ['setInterval', 'take a timer from runtime'],
  ['setImmediate', 'take a timer from runtime'],
  ['clearTimeout', 'cancel the timer that runtime gave'],
  ['clearInterval', 'cancel the timer that runtime gave'],
  ['clearImmediate', 'cancel the timer that runtime gave'],
  ['AbortSignal.timeout', 'abort from a timer of runtime'],
  ['Math.random', 'take randomness from runtime'],
  ['crypto', 'take ids and cryptography from runtime'],
  ['fetch', 'call through the network of runtime'],
  ['WeakRef', 'hold the value with a named limit, since collection is not repeatable'],
  ['FinalizationRegistry', 'close the value explicitly, since collection is not repeatable'],
]);

const CLOSED_MODULES: ReadonlySet<string> = new Set([
  'child_process',
  'crypto',
  'dns',
  'dns/promises',
  'fs',
  'fs/promises',
  'http',
  'http2',
  'https',
  'net',
  'perf_hooks',
  'sqlite',
  'timers',
  'timers/promises',
  'tls',
  'worker_threads',
  'zlib',
]);

/** Libraries that stay behind a port of the host. */
const HOST_LIBRARIES = /^(pino|prom-client)(\/|$)/;
const HOST = 'packages/offshoot/src/host/';

/** It has sockets and timers of its own: simulated services must never meet it. */
const MAIL_LIBRARY = /^nodemailer(\/|$)/;
const MAIL_ADAPTER = 'shop/services/notifications/mail-smtp.ts';

/** Returns what to do instead of importing a module; undefined when the file may import it. */
export function closedModule(file: string, specifier: string): string | undefined {
  if (HOST_LIBRARIES.test(specifier)) {
    return file.startsWith(HOST) || isTest(file) ? undefined : `wrap it in ${HOST} behind a port`;
  }
  if (MAIL_LIBRARY.test(specifier)) {
    const isBehindPort = file === MAIL_ADAPTER || isOpenTo(file);
    return isBehindPort ? undefined : `wrap it in ${MAIL_ADAPTER} behind the port`;
  }
  const isClosed = CLOSED_MODULES.has(specifier.replace(/^node:/, ''));
  return isClosed && !isOpenTo(file) ? 'take what you need from runtime' : undefined;
}

/** Returns what to do instead of touching a global; undefined when the file may touch it. */
export function closedGlobal(file: string, name: string): string | undefined {
  if (isOpenTo(file) || file === `${SIMULATION}globals.ts`) return undefined;
  if (file === `${SIMULATION}turns.ts` && name === 'setImmediate') return undefined;
  return CLOSED_GLOBALS.get(name);
}

/** Tells whether a file may handle the global object itself, from which every global can be had. */
export function mayHandleGlobalObject(file: string): boolean {
  return isOpenTo(file) || file === `${SIMULATION}globals.ts`;
}

const SIMULATION = 'packages/offshoot/src/simulation/';

/** The door itself, and what never runs in a product or a simulation. */
const OPEN_FOLDERS = [
  'packages/offshoot/src/runtime/',
  'packages/offshoot/src/testing/',
  'packages/cli/',
  'shop/generated-client/',
  'shop/scripts/',
  'shop/stand-ins/',
  'checks/',
  'bench/',
];

function isOpenTo(file: string): boolean {
  return isTest(file) || OPEN_FOLDERS.some((folder) => file.startsWith(folder));
}
