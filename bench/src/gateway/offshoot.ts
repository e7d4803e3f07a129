// Our gateway with every policy, over the client that the command line names.
import { prometheusMetrics } from 'offshoot/host';
import { proxy } from 'offshoot/proxy';
import { nodeRuntime, openFront, strictUpstream, undiciUpstream } from 'offshoot/runtime/node';

const instances = process.env.ORIGINS!.split(',');
const made = proxy({
  runtime: nodeRuntime(),
  client: process.argv[2] === 'undici' ? undiciUpstream : strictUpstream,
  metrics: prometheusMetrics(),
  tracer: { on: true, record() {} },
  secret: () => process.env.SECRET!,
  config: {
    services: { orders: { instances } },
    routes: [
      {
        path: '/api/orders',
        target: 'orders',
        pathRewrite: { '^/api/orders': '/orders' },
        policies: [
          'metrics',
          'requestId',
          { trace: { sampled: 0.01 } },
          {
            jwt: {
              issuer: process.env.ISSUER,
              audience: process.env.AUDIENCE,
              secret: { env: 'SECRET' },
            },
          },
          { rateLimit: { windowMs: 60_000, max: 100_000_000 } },
          'breaker',
          'retry',
        ],
      },
    ],
  },
});
const front = await openFront({ onRequest: made.onRequest, onUpgrade: made.onUpgrade, port: 0 });
console.log(front.url);
setInterval(() => {}, 60_000);
process.on('SIGINT', () => process.exit(0));
