// The called side of Moleculer over its TCP transport.

import { answerTo, type Question } from '../stock.ts';
import { broker } from './moleculer.ts';

const [port, callerPort] = process.argv.slice(2).map(Number);
const called = broker('stock', { orders: callerPort!, stock: port! });
called.createService({
  name: 'stock',
  actions: { look: (context: { params: Question }) => answerTo(context.params) },
});
await called.start();
console.log(port);
