// A call from one Moleculer node to another over its TCP transport: no validation, no tracing.
import { type AddressInfo, createServer } from 'node:net';
import { ServiceBroker } from 'moleculer';
import type { Contender } from '../../contender.ts';
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

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
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
