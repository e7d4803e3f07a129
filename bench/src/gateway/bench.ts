// Which gateway carries most requests over one core, with every policy on?
import type { Bench } from '../contender.ts';
import { peer } from '../peer.ts';
import { gateway, nginxPlain, usual } from './contenders.ts';

const own = gateway('Offshoot, own client', './offshoot.ts', 'own');
const undici = gateway('Offshoot, undici', './offshoot.ts', 'undici');

/** A peer is missing when its package is. */
const other = (name: string, file: string, needs: string) =>
  peer(name, async () => {
    await import(needs);
    return gateway(name, file);
  });
const fastify = other('fastify + @fastify/http-proxy', './peers/fastify.ts', '@fastify/http-proxy');
const fastGateway = other('fast-gateway', './peers/fast-gateway.ts', 'fast-gateway');
const express = other(
  'express + http-proxy-middleware',
  './peers/express.ts',
  'http-proxy-middleware',
);

const inFlight = 64;
const peers = [fastify, fastGateway, express];

const bestPeer = (of: 'perCpu' | 'p99Ms' | 'rssMb', best: (...all: number[]) => number): number => {
  const known = peers.map(({ name }) => usual(name, of)).filter(Number.isFinite);
  return known.length > 0 ? best(...known) : Number.NaN;
};
const over = (ours: number, theirs: number) => Number((ours / theirs).toFixed(2));

export const bench: Bench = {
  title: 'A gateway with every policy on one core, three origins and wrk on the other',
  contenders: [nginxPlain, own, undici, ...peers],
  inFlight: [inFlight],
  ratios: [
    { key: 'undiciVsBestNodePeer', ours: undici, theirs: peers, inFlight },
    { key: 'undiciVsNginxPlain', ours: undici, theirs: [nginxPlain], inFlight },
    { key: 'ownVsBestNodePeer', ours: own, theirs: peers, inFlight },
    { key: 'ownVsNginxPlain', ours: own, theirs: [nginxPlain], inFlight },
    { key: 'vsExpressKeepAlive', ours: own, theirs: [express], inFlight },
  ],
  derive: () => ({
    ratios: {
      // By each gateway's own CPU seconds: what a busy machine does not blur.
      undiciVsBestNodePeerPerCpu: over(usual(undici.name, 'perCpu'), bestPeer('perCpu', Math.max)),
      ownVsBestNodePeerPerCpu: over(usual(own.name, 'perCpu'), bestPeer('perCpu', Math.max)),
      ownP99VsBestNodePeer: over(usual(own.name, 'p99Ms'), bestPeer('p99Ms', Math.min)),
      ownRssVsBestNodePeer: over(usual(own.name, 'rssMb'), bestPeer('rssMb', Math.min)),
    },
    figures: {
      ownPerCpuSecond: Math.round(usual(own.name, 'perCpu')),
      undiciPerCpuSecond: Math.round(usual(undici.name, 'perCpu')),
    },
  }),
};
