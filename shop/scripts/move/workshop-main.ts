// Which process is killed at a point of a move? It runs the workshop; DIE_AT names the point.
import { host } from 'offshoot/host';
import { workshop } from './workshop.ts';

const running = await host(
  { topology: workshop, environment: process.env },
  {
    onMove(service, point) {
      if (`${service} ${point}` === process.env.DIE_AT) process.kill(process.pid, 'SIGKILL');
    },
  },
);
process.on('SIGTERM', () => running.drain().then(() => process.exit(0)));
process.send?.({ url: running.url });
