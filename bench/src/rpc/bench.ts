// Who calls a service in another process fastest, bare and with everything on?
import type { Bench } from '../contender.ts';
import { peer } from '../peer.ts';
import { offshootCalls } from './offshoot.ts';

const peers = './peers'; // by a variable: see the saga bench
const bare = offshootCalls('link', 'bare');
const full = offshootCalls('link', 'full');
const httpBare = offshootCalls('http', 'bare');
const httpFull = offshootCalls('http', 'full');
const moleculer = peer(
  'Moleculer, TCP',
  async () => (await import(`${peers}/moleculer.ts`)).moleculerTcp,
);
const nest = peer(
  'Nest microservices, TCP',
  async () => (await import(`${peers}/nest.ts`)).nestTcp,
);
const fastify = peer(
  'undici + Fastify, HTTP',
  async () => (await import(`${peers}/fastify.ts`)).fastifyUndici,
);

const inFlight = 64;

export const bench: Bench = {
  title: 'From one process to another and back',
  contenders: [bare, full, moleculer, nest, httpBare, httpFull, fastify],
  inFlight: [inFlight, 1],
  ratios: [
    { key: 'bareVsMoleculerTcp', ours: bare, theirs: [moleculer], inFlight },
    { key: 'fullVsMoleculerTcp', ours: full, theirs: [moleculer], inFlight },
    { key: 'fullVsNestTcp', ours: full, theirs: [nest], inFlight },
    { key: 'httpVsFastifyUndici', ours: httpBare, theirs: [fastify], inFlight },
  ],
};
