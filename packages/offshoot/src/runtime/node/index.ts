// The public names of offshoot/runtime/node: the real machine.
export { nodeDial, secureDial } from './byte-stream.ts';
export { type CertificateFilesOptions, certificateFiles } from './certificate-files.ts';
export { nodeCryptography } from './cryptography.ts';
export { openNodeDatabase } from './database.ts';
export { type DatabaseSnapshot, databaseSnapshot } from './database-snapshot.ts';
export { type Digest, type Files, nodeFiles } from './files.ts';
export { type Folder, openFolder } from './folder.ts';
export {
  FRONT_LIMITS_DEFAULTS,
  type Front,
  type FrontLimits,
  type FrontOptions,
  type FrontTls,
  openFront,
} from './front.ts';
export type { ServedTls } from './made-server.ts';
export { fetchHandler, type MountedOptions, nodeHandler } from './mounted.ts';
export { type MutualTls, mutualTls } from './mutual-tls.ts';
export { nodeRuntime } from './node-runtime.ts';
export { type SecureRequests, secureRequests } from './request.ts';
export {
  type HttpServer,
  SERVE_LIMITS_DEFAULTS,
  type ServeLimits,
  type ServeOptions,
  serveHttp,
} from './serve.ts';
export { strictUpstream } from './upstream/strict-upstream.ts';
export { undiciUpstream } from './upstream/undici-upstream.ts';
export { nodeWebSocket } from './upstream/web-socket.ts';
