// A call from one process to another with Nest's TCP microservices.
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import type { Contender } from '../../contender.ts';
import { freePort } from '../../servers/private-server.ts';
import { serverProcess } from '../process.ts';
import { question } from '../stock.ts';

export const nestTcp: Contender = {
  name: 'Nest microservices, TCP',
  async open() {
    const port = await freePort();
    const server = await serverProcess('./peers/nest-server.ts', String(port));
    const client = ClientProxyFactory.create({
      ...{ transport: Transport.TCP, options: { host: '127.0.0.1', port } },
    } as any);
    await client.connect();
    return {
      async run(index) {
        await firstValueFrom(client.send('stock.look', question(index)));
      },
      async close() {
        await client.close();
        await server.close();
      },
    };
  },
};
