// The public names of offshoot/runtime.
export type { ByteListener, ByteStream, Dial, Dialler } from './byte-stream.ts';
export type { Admits, CertificateSource, Certificates } from './certificates.ts';
export type {
  Cryptography,
  PublicJwk,
  Sealed,
  SigningKey,
  TokenAlgorithm,
  VerifyingKey,
} from './cryptography.ts';
export type { Database, Row, SqlValue, Statement } from './database.ts';
export type { FrontRequest, FrontResponse } from './front.ts';
export type { Heartbeat } from './heartbeat.ts';
export type {
  Headers,
  HttpHandler,
  Inbound,
  InboundReply,
  Outbound,
  OutboundReply,
} from './http.ts';
export { fromIsoTime, httpDate, isoTime } from './iso-time.ts';
export { networkOf } from './network-of.ts';
export { type PerAddress, perAddress } from './per-address.ts';
export type { Cancel, Runtime } from './runtime.ts';
export type {
  Switched,
  SwitchRequest,
  Upstream,
  UpstreamCall,
  UpstreamClient,
  UpstreamFailure,
  UpstreamListener,
  UpstreamOptions,
  UpstreamRequest,
  WebSocketClient,
} from './upstream.ts';
export { uuidv7 } from './uuid.ts';
