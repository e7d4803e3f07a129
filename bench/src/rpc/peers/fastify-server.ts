// The called side of Fastify: its own validation of input, its own serialiser of output.
import Fastify from 'fastify';
import { ANSWER_SCHEMA, answerTo, QUESTION_SCHEMA, type Question } from '../stock.ts';

const app = Fastify({ logger: false });
const schema = { body: QUESTION_SCHEMA, response: { 200: ANSWER_SCHEMA } };
app.post('/stock/look', { schema }, async (request) => answerTo(request.body as Question));
await app.listen({ port: 0, host: '127.0.0.1' });
const address = app.server.address() as { port: number };
console.log(`http://127.0.0.1:${address.port}`);
