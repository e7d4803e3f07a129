// A call from one Moleculer node to another over its TCP transport: no validation, no tracing.
import { ServiceBroker } from 'moleculer';
import type { Contender } from '../../contender.ts';
import { freePort } from '../../servers/private-server.ts';
import { serverProcess } from '../process.ts';
import { question } from '../stock.ts';

export function broker(nodeID: string, ports: Readonly<Record<string, number>>) {
  const urls = Object.entries(ports).map(([name, port]) => `127.0.0.1:${port}/${name}`);
  return new ServiceBroker({
    nodeID,
    logger: false,
    transporter: {
      type: 'TCP',
      options: { udpDiscovery: false, port: ports[nodeID], urls },
    },
  });
}

export const moleculerTcp: Contender = {
  name: 'Moleculer, TCP',
  async open() {
    const ports = { orders: await freePort(), stock: await freePort() };
    const server = await serverProcess(
      './peers/moleculer-server.ts',
      ...[String(ports.stock), String(ports.orders)],
    );
    const calling = broker('orders', ports);
    await calling.start();
    await calling.waitForServices('stock', 20_000);
    return {
      async run(index) {
        await calling.call('stock.look', question(index));
      },
      async close() {
        await calling.stop();
        await server.close();
      },
    };
  },
};
