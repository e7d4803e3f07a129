// What is an HTTP exchange, seen from inside, without any server library?

/** Header names in lower case; a repeated header is joined by ", ". */
export type Headers = Readonly<Record<string, string | undefined>>;

/** A request that reached this process. */
export interface Inbound {
  readonly method: string;
  /** Path and query as sent, never decoded. */
  readonly target: string;
  readonly headers: Headers;
  /** The whole body, bounded by the server's limit. */
  readonly body: Uint8Array;
  /** Set when the body was larger than so many bytes: then `body` is empty. */
  readonly bodyOverBytes?: number | undefined;
  /** Address of the peer, for limits and the access log. */
  readonly remoteAddress: string;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}

export interface InboundReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Answers one request. Must not reject: an error is a reply too. */
export type HttpHandler = (request: Inbound) => Promise<InboundReply>;

/** A request that this process makes. */
export interface Outbound {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How long to wait for the whole answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /**
   * Told of the body as it grows, for an answer that has no end: when it says so, what came is the
   * answer, and the exchange is closed. @default the whole of it
   */
  readonly enough?: (body: string) => boolean;
}

export interface OutboundReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}
