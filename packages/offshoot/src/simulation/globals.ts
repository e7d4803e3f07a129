// What happens when simulated code reaches around the runtime door? It throws, and says who.
import { OffshootError } from '../error/index.ts';

const HERE = import.meta.url;

type Box = Record<string, unknown>;

const leak = (name: string) => () => {
  Error.stackTraceLimit = 10;
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  const caller = lines.find((line) => !line.includes(HERE))?.trim() ?? 'by somebody';
  const message = `${name} was used in a simulation ${caller}; ask the Runtime instead`;
  throw new OffshootError('INTERNAL_ERROR', message);
};

/** Date of a given instant is pure; Date of now is not. */
function guardedDate(real: DateConstructor): unknown {
  const now = leak('Date');
  return new Proxy(real, {
    construct: (target, given) => (given.length === 0 ? now() : Reflect.construct(target, given)),
    apply: now,
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'] as const;

/** Replaces the global sources of nondeterminism until the returned function puts them back. */
export function guardGlobals(): () => void {
  const undo: (() => void)[] = [];
  const replace = (box: object, name: string, value: unknown): void => {
    const before = Object.getOwnPropertyDescriptor(box, name);
    Object.defineProperty(box, name, { value, configurable: true, writable: true });
    undo.push(() => {
      if (before) Object.defineProperty(box, name, before);
      else delete (box as Box)[name];
    });
  };
  // Simulated networks fail all the time, and nobody reads where each failure was made.
  replace(Error, 'stackTraceLimit', 0);
  for (const name of TIMERS) replace(globalThis, name, leak(name));
  replace(globalThis, 'fetch', leak('fetch'));
  replace(globalThis, 'Date', guardedDate(Date));
  replace(Math, 'random', leak('Math.random'));
  replace(performance, 'now', leak('performance.now'));
  replace(crypto, 'getRandomValues', leak('crypto.getRandomValues'));
  replace(crypto, 'randomUUID', leak('crypto.randomUUID'));
  replace(AbortSignal, 'timeout', leak('AbortSignal.timeout'));
  return () => {
    for (const put of undo.reverse()) put();
  };
}
