// fastify + @fastify/http-proxy, over undici.
import httpProxy from '@fastify/http-proxy';
import fastify from 'fastify';
import { origin, origins, refusal, requestId } from './policy.ts';

const app = fastify({ genReqId: requestId, logger: false });
app.register(httpProxy, {
  upstream: origins[0]!,
  prefix: '/api/orders',
  rewritePrefix: '/orders',
  http2: false,
  undici: { connections: 64, pipelining: 1 },
  preHandler: (request, reply, done) => {
    const status = refusal(request.headers.authorization);
    if (status > 0) return void reply.code(status).send({ status });
    reply.header('x-request-id', request.id);
    done();
  },
  replyOptions: {
    getUpstream: origin,
    rewriteRequestHeaders: (request, headers) => ({ ...headers, 'x-request-id': request.id }),
  },
});
console.log(await app.listen({ port: 0, host: '127.0.0.1' }));
