// What does a transport hand to the conformance suite?
import type { Call, Callee, Transport } from '../rpc/index.ts';

/** What a transport promises beyond what all of them do. */
export interface TransportFeatures {
  /** Whether there is another process, whose death can be met. */
  readonly isWire: boolean;
  /** Bytes of the largest input, where there is a limit. */
  readonly inputBytesMax?: number;
}

export interface OpenedTransport {
  readonly transport: Transport;
  /** The other side goes away at once, as if it were killed. Only on a wire. */
  kill?(): Promise<void>;
  close(): Promise<void>;
}

/** A transport to services by name, on the real clock and, on a wire, real sockets. */
export type OpenTransport = (
  services: Readonly<Record<string, Callee>>,
) => Promise<OpenedTransport>;

/** A call that leaves out what a check does not care about. */
export type AskedCall = Partial<Omit<Call, 'headers'>> & {
  readonly headers?: Partial<Call['headers']>;
};
