// express + http-proxy-middleware, with keep-alive towards the origins.
import { Agent } from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { origin, origins, refusal, requestId } from './policy.ts';

const app = express().disable('x-powered-by').disable('etag');
app.use((request, response, next) => {
  const status = refusal(request.headers.authorization);
  if (status > 0) return void response.status(status).json({ status });
  const id = requestId();
  request.headers['x-request-id'] = id;
  response.setHeader('x-request-id', id);
  next();
});
app.use(
  '/api/orders',
  createProxyMiddleware({
    target: origins[0],
    router: origin,
    agent: new Agent({ keepAlive: true, maxSockets: 64 }),
    pathRewrite: { '^/': '/orders/' },
  }),
);
const server = app.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
});
