// What is a connection that carries bytes both ways, without any socket library?

/** Told in order; after `onClose` nothing more. */
export interface ByteListener {
  onBytes(bytes: Uint8Array): void;
  /** What was held back has left: `write` may go on. */
  onDrain(): void;
  /** Either side ended it, or it broke. */
  onClose(): void;
}

/** A connection. Bytes arrive in order, or it breaks. */
export interface ByteStream {
  /** False: more waits than should, so write no more until `onDrain`. */
  write(bytes: Uint8Array): boolean;
  /** Call once, in the turn in which the stream was given. */
  listen(listener: ByteListener): void;
  /** Sends what was written, then ends; at once with `now`. */
  close(now?: boolean): void;
}

/** A protocol spoken in place of HTTP on a connection that began with it, RFC 9110, 7.8. */
export interface Dial {
  readonly url: string;
  /** `offshoot-link/1` */
  readonly protocol: string;
  readonly timeoutMs: number;
}

/**
 * Resolves with the connection; undefined when who answers there does not speak the protocol.
 * Rejects with UNAVAILABLE or DEADLINE_EXCEEDED.
 */
export type Dialler = (dial: Dial) => Promise<ByteStream | undefined>;
