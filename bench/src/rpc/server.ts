// Our side that is called, in a process of its own: `server.ts bare|full`.
import { answering, type Callee, callDoor, httpDoor, LINK_PROTOCOL, linkDoor } from 'offshoot/rpc';
import { serveHttp } from 'offshoot/runtime/node';
import { spanRecorder } from 'offshoot/telemetry';
import { answerTo, control, openControl, type Question, runtime, stock } from './stock.ts';

const isFull = process.argv[2] === 'full';
const tracer = spanRecorder();
const full = answering(stock, { look: async ({ input }) => answerTo(input) }, { runtime, tracer });
const bare: Callee = async ({ input }) => ({
  ...{ kind: 'output', value: answerTo(input as Question), after: '' },
});
const callee = isFull ? full : bare;
const door = callDoor({ runtime, callee: () => callee, control: isFull ? control : openControl });
const upgrades = { [LINK_PROTOCOL]: linkDoor(runtime, door).accept };
const { url } = await serveHttp({ handle: httpDoor(door), port: 0, upgrades });
console.log(url);
