// Does the check see nondeterminism in every spelling, and nothing where there is none?

import { type Cases, oneFileEach, testCases } from './planted-tree.ts';

const STORE = 'packages/offshoot/src/store';

const CLOSED_GLOBALS =
  'Date performance setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate ' +
  'crypto fetch WeakRef FinalizationRegistry Math.random AbortSignal.timeout process.hrtime';
const CLOSED_MODULES =
  'fs fs/promises net http https http2 dns dns/promises tls timers timers/promises ' +
  'worker_threads child_process sqlite zlib perf_hooks crypto';

const each = (names: string, code: (name: string) => string) =>
  names.split(' ').map(code).join('\n');

const globals = oneFileEach(STORE, {
  'finds every closed global': each(CLOSED_GLOBALS, (name) => `f(${name}); // <-`),
  'finds every closed global behind globalThis': each(
    CLOSED_GLOBALS,
    (name) => `f(globalThis.${name}); // <-`,
  ),
  'finds a global below a caught name like it':
    'try {} catch (fetch) {}\nexport const a = fetch(); // <-',
  'finds Date.now()': 'export const a = Date.now(); // <-',
  'finds new Date()': 'export const a = new Date(); // <-',
  'finds Date.parse': "export const a = Date.parse('2026-01-01'); // <-",
  'finds Date handed on as a value': 'export const a = [1].map(Date); // <-',
  'finds instanceof Date': 'export const a = (x: unknown) => x instanceof Date; // <-',
  'finds a class that extends Date': 'export class A extends Date {} // <-',
  'finds Date in a shorthand property': 'export const a = { Date }; // <-',
  'finds globalThis[Date] by a text': "export const a = globalThis['Date']; // <-",
  'finds globalThis[Date] by a template': 'export const a = globalThis[`Date`]; // <-',
  'finds globalThis[Date] by a sum': "export const a = globalThis['Da' + 'te']; // <-",
  'finds globalThis[Date] by a named text':
    "const name = 'Date';\nexport const a = globalThis[name]; // <-",
  'finds globalThis.Date': 'export const a = globalThis.Date.now(); // <-',
  'finds globalThis?.Date': 'export const a = globalThis?.Date; // <-',
  'finds (globalThis as any).Date': 'export const a = (globalThis as any).Date; // <-',
  'finds globalThis.globalThis.Date': 'export const a = globalThis.globalThis.Date; // <-',
  'finds global.setTimeout': 'export const a = global.setTimeout; // <-',
  'finds Date taken by destructuring':
    'const { Date: D } = globalThis; // <-\nexport const a = D.now();',
  'finds Date taken by a quoted key': "const { 'Date': D } = globalThis; // <-\nexport { D };",
  'finds Date taken with a default': 'const { Date: D = 1 } = globalThis; // <-\nexport { D };',
  'finds Date taken by a destructuring parameter':
    'export const a = (\n  { Date: D } = globalThis, // <-\n) => D;',
  'finds Date taken by a destructuring assignment':
    'let D: unknown;\n({ Date: D } = globalThis); // <-\nexport { D };',
  'finds Date behind a rest property':
    'const { ...all } = globalThis;\nexport const a = all.Date; // <-',
  'finds an alias of Date': 'const D = Date; // <-\nexport const a = new D();',
  'finds Date behind an alias of globalThis':
    'const g = globalThis;\nexport const a = g.Date; // <-',
  'finds Date behind an alias that is assigned later':
    'let g: any;\nexport const a = () => g.Date; // <-\ng = globalThis;',
  'finds Date although an ambient declaration names it':
    'declare const Date: any;\nexport const a = Date.now(); // <-',
  'finds Date although a type is named so':
    'type Date = string;\nexport const a: Date = String(Date.now()); // <-',
  'finds Date beside a shadow in another function':
    'export const a = (Date: any) => Date.now();\nexport const b = () => Date.now(); // <-',
  'finds setTimeout': 'setTimeout(() => {}, 1); // <-',
  'finds setInterval': 'setInterval(() => {}, 1); // <-',
  'finds setImmediate': 'setImmediate(() => {}); // <-',
  'finds clearTimeout': 'clearTimeout(1); // <-',
  'finds clearInterval': 'clearInterval(1); // <-',
  'finds clearImmediate handed on': 'export const a = { clear: clearImmediate }; // <-',
  'finds performance': 'export const a = performance.now(); // <-',
  'finds Math.random': 'export const a = Math.random(); // <-',
  "finds Math['random']": "export const a = Math['random'](); // <-",
  'finds random taken from Math': 'const { random } = Math; // <-\nexport { random };',
  'finds random behind an alias of Math': 'const m = Math;\nexport const a = m.random(); // <-',
  'finds random behind Math in globalThis':
    'const { Math: { random } } = globalThis; // <-\nexport { random };',
  'finds crypto': 'export const a = crypto.randomUUID(); // <-',
  'finds fetch': "export const a = fetch('http://localhost'); // <-",
  'finds typeof fetch as a value': "export const a = typeof fetch === 'function'; // <-",
  'finds AbortSignal.timeout': 'export const a = AbortSignal.timeout(5); // <-',
  'finds WeakRef': 'export const a = new WeakRef({}); // <-',
  'finds FinalizationRegistry': 'export const a = new FinalizationRegistry(() => {}); // <-',
  'finds process.hrtime': 'export const a = process.hrtime.bigint(); // <-',
  'finds hrtime taken from process': 'const { hrtime } = process; // <-\nexport { hrtime };',
  'finds hrtime imported from process':
    "import { hrtime as h } from 'node:process'; // <-\nexport { h };",
  'finds hrtime of an imported process':
    "import p from 'process';\nexport const a = p.hrtime(); // <-",
  'finds a global by a name that only a run can tell':
    'export const a = (name: string) => (globalThis as any)[name]; // <-',
  'finds the global object handed to a function':
    "export const a = Reflect.get(globalThis, 'Date'); // <-",
});

const modules = oneFileEach(STORE, {
  'finds every closed module': each(CLOSED_MODULES, (name) => `import 'node:${name}'; // <-`),
  'finds every closed module without its prefix': each(
    CLOSED_MODULES,
    (name) => `import '${name}'; // <-`,
  ),
  'finds module.require': "declare const module: any;\nmodule.require('fs'); // <-",
  'finds a static import':
    "import { readFileSync } from 'node:fs'; // <-\nexport { readFileSync };",
  'finds an import for effect': "import 'http'; // <-",
  'finds a renamed import':
    "import { setTimeout as wait } from 'node:timers/promises'; // <-\nexport { wait };",
  'finds a namespace import': "import * as c from 'crypto'; // <-\nexport { c };",
  'finds a default import': "import net from 'net'; // <-\nexport { net };",
  'finds a type import': "import type { Server } from 'node:https'; // <-\nexport type A = Server;",
  'finds an inline type import': "export type A = import('node:tls').Server; // <-",
  'finds a re-export': "export { lookup } from 'node:dns'; // <-",
  'finds a re-export of everything': "export * from 'node:http2'; // <-",
  'finds a dynamic import': "export const a = await import('node:sqlite'); // <-",
  'finds a dynamic import of a template': 'export const a = await import(`node:zlib`); // <-',
  'finds a dynamic import of a sum': "export const a = await import('node:' + 'fs'); // <-",
  'finds require': "declare const require: any;\nexport const a = require('fs/promises'); // <-",
  'finds require made by createRequire':
    "import { createRequire } from 'node:module';\nconst load = createRequire(import.meta.url);\nexport const a = load('node:worker_threads'); // <-",
  'finds createRequire called at once':
    "import * as m from 'module';\nexport const a = m.createRequire(import.meta.url)('child_process'); // <-",
  'finds process.getBuiltinModule': "export const a = process.getBuiltinModule('node:fs'); // <-",
  'finds getBuiltinModule taken from process':
    "const { getBuiltinModule: get } = process;\nexport const a = get('perf_hooks'); // <-",
  'finds pino outside the host': "import { pino } from 'pino'; // <-\nexport { pino };",
  'finds prom-client outside the host': "export type A = import('prom-client').Registry; // <-",
});

const allowed = oneFileEach(STORE, {
  'allows a property named Date': 'export const a = (x: any) => x.Date + x?.fetch() + x.crypto;',
  'allows an object with such keys': 'export const a = { Date: 1, fetch() {}, crypto: 2 };',
  'allows members with such names': 'export class A { fetch = 1; Date() { return this.fetch; } }',
  'allows types': 'export const a = (x: Date, y: typeof fetch): x is Date => Boolean(y) && !x;',
  'allows a type of a timer': 'export type A = ReturnType<typeof setTimeout> | Crypto;',
  'allows a type named Date': 'export type Date = string;',
  'allows a parameter named Date': 'export const a = (Date: any) => Date.now();',
  'allows a local variable, used above its declaration':
    'export const a = () => crypto;\nconst crypto = 1;',
  'allows a hoisted function': 'export const a = fetch();\nfunction fetch() {}',
  'allows an import with such a name': "import { fetch } from './door.ts';\nfetch();",
  'allows a destructured local': 'export const a = ({ Date, fetch = 1 }: any) => [Date, fetch];',
  'allows a caught name': 'try { JSON.parse(""); } catch (performance) { throw performance; }',
  'allows the type of a member of process':
    "import type { hrtime } from 'node:process';\nimport { env, type hrtime as h } from 'process';\nexport type A = typeof hrtime | typeof h | typeof env;",
  'allows queueMicrotask': 'queueMicrotask(() => {});',
  'allows the rest of Math, AbortSignal and process':
    'export const a = [Math.max(1), AbortSignal.any([]), process.env, x instanceof AbortSignal];',
  'allows a question for the global object': "export const a = typeof globalThis === 'object';",
  'allows other modules': "import { join } from 'node:path';\nexport { join };",
  'allows a module whose name begins alike': "import 'pino-pretty';\nimport './fs';",
  'allows words in texts and comments': "// Date.now()\nexport const a = 'Date.now()';",
});

const touching = "import 'node:fs';\nexport const a = [Date.now(), setImmediate];\n";
const exempt: Cases = {
  'lets tests touch everything': { [`${STORE}/x.test.ts`]: touching },
  'lets the runtime touch everything': { 'packages/offshoot/src/runtime/node/x.ts': touching },
  'lets the toolkit for tests touch everything': { 'packages/offshoot/src/testing/x.ts': touching },
  'lets the CLI touch everything': { 'packages/cli/bin/launch.js': touching },
  'lets scripts touch everything': { 'shop/scripts/verify.ts': touching },
  'lets stand-ins touch everything': { 'shop/stand-ins/mailbox.ts': touching },
  'lets checks touch everything': { 'checks/src/x.ts': touching },
  'lets benches touch everything': { 'bench/x.ts': touching },
  'lets the host wrap pino': { 'packages/offshoot/src/host/logger.ts': "import 'pino';" },
  'lets one adapter, which only a topology binds, use nodemailer': {
    'shop/services/notifications/mail-smtp.ts':
      "import 'nodemailer';\nexport const a = Date.now(); // <-",
    'shop/services/notifications/send.ts': "import { createTransport } from 'nodemailer'; // <-",
    'shop/topologies/monolith.ts': "export type A = import('nodemailer/lib/x').A; // <-",
  },
  'lets no other part of the host through': {
    'packages/offshoot/src/host/clock.ts': 'export const a = Date.now(); // <-',
  },
  'watches adapters and services': {
    'packages/postgres/src/x.ts': 'export const a = Date.now(); // <-',
    'shop/services/orders/x.ts': 'export const a = Date.now(); // <-',
  },
  'lets simulation replace the globals in one file, and import no module there either': {
    'packages/offshoot/src/simulation/globals.ts':
      "import 'node:fs'; // <-\nexport const a = [Date, globalThis];\nexport const b = (n: string) => Reflect.get(globalThis, n);",
  },
  'lets simulation hop with setImmediate and nothing else': {
    'packages/offshoot/src/simulation/turns.ts':
      'setImmediate(() => {});\nsetTimeout(() => {}); // <-',
  },
};

testCases('runtime-door', {}, { ...globals, ...modules, ...allowed, ...exempt });
