// fast-gateway, which stands on restana and fast-proxy.
import fastGateway from 'fast-gateway';
import { origin, refusal, requestId } from './policy.ts';

const app = fastGateway({
  routes: [
    {
      prefix: '/api/orders',
      prefixRewrite: '/orders',
      target: origin(),
      fastProxyOpts: { undici: { connections: 64, pipelining: 1 } },
      middlewares: [
        (request: any, response: any, next: () => void) => {
          const status = refusal(request.headers.authorization);
          if (status > 0) return response.send({ status }, status);
          const id = requestId();
          request.headers['x-request-id'] = id;
          response.setHeader('x-request-id', id);
          return next();
        },
      ],
    },
  ],
});
const server = await app.start(0, '127.0.0.1');
console.log(`http://127.0.0.1:${server.address().port}`);
