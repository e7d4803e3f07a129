// The process that is overloaded: a line asks, a line answers.
import { createServer } from 'node:net';
import { fixed, loopLag, shedder } from 'offshoot/resilience';
import { nodeRuntime } from 'offshoot/runtime/node';
import { chain } from './chain.ts';
import { resource } from './resource.ts';

/** What the parent says. */
export type Order =
  | { readonly away: boolean }
  | { readonly flaky: number }
  | { readonly take: 'reached' };

const [slots = 20, workMs = 10] = process.argv.slice(2).map(Number);
const scarce = resource(slots, workMs);
const services = chain(scarce);
const runtime = nodeRuntime();
/** The door of the process: while it is behind, what is not critical is refused before it costs anything. */
const CALLS_MAX = 10_000;
const door = shedder({
  ...{ name: 'door', runtime, limit: fixed(CALLS_MAX), waitingMax: 0 },
  lag: loopLag(runtime),
});

// `<id> <c|d> <remaining ms>\n` is answered by `<id> <value or -1>\n`: so little of the processor
// goes to the wire that what is measured is the services behind it.
const server = createServer((socket) => {
  let rest = '';
  let out = '';
  const flush = () => {
    if (out !== '' && socket.writable) socket.write(out);
    out = '';
  };
  const say = (id: number, value: number): void => {
    if (out === '') setImmediate(flush);
    out += `${id} ${value}\n`;
  };
  const heard = (line: string): void => {
    const [number = '', rank, remaining] = line.split(' ');
    const id = Number(number);
    const criticality = rank === 'c' ? 'critical' : 'default';
    const remainingMs = Number(remaining);
    const sinceMs = runtime.monotonic();
    if (door.enter(criticality, remainingMs, sinceMs) !== true) return void say(id, -1);
    const end = (value: number): void => {
      const nowMs = runtime.monotonic();
      door.leave(nowMs - sinceMs, nowMs);
      say(id, value);
    };
    services.ask(id, { criticality, remainingMs, attempt: 1 }).then(
      ({ value }) => end(value),
      () => end(-1),
    );
  };
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) heard(line);
  });
  socket.on('error', () => {});
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
});

process.on('message', (order: Order) => {
  if ('away' in order) scarce.setAway(order.away);
  else if ('flaky' in order) services.setFlaky(order.flaky);
  else {
    const { user, system } = process.cpuUsage();
    const look = { queued: scarce.queued, ...(services.look() as object) };
    process.send?.({ reached: services.takeReached(), cpuMs: (user + system) / 1_000, look });
  }
});
process.on('disconnect', () => process.exit(0));
