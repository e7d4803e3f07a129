// What of Node's HTTP server may a proxy hold in its hands? The types alone: the server is behind the door.
export type { IncomingMessage as FrontRequest, ServerResponse as FrontResponse } from 'node:http';
