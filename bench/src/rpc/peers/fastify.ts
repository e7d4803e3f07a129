// A call over HTTP from undici to Fastify.
import { Pool } from 'undici';
import type { Contender } from '../../contender.ts';
import { serverProcess } from '../process.ts';
import { question } from '../stock.ts';

export const fastifyUndici: Contender = {
  name: 'undici + Fastify, HTTP',
  async open() {
    const server = await serverProcess('./peers/fastify-server.ts');
    const pool = new Pool(server.place, { connections: 64 });
    const headers = { 'content-type': 'application/json' };
    return {
      async run(index) {
        const { statusCode, body } = await pool.request({
          ...{ method: 'POST', path: '/stock/look', headers },
          body: JSON.stringify(question(index)),
        });
        const answer = await body.json();
        if (statusCode !== 200) throw new Error(JSON.stringify(answer));
      },
      async close() {
        await pool.close();
        await server.close();
      },
    };
  },
};
