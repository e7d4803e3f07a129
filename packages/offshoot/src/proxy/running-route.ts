// What does an exchange need of its route, worked out once when the routes are read?
import type { Pool } from '../discovery/index.ts';
import type { Wheel } from '../resilience/index.ts';
import type { Runtime, Upstream } from '../runtime/index.ts';
import type { Policy } from './policy.ts';

/** Where requests for one instance go. */
export interface Destination {
  /** `http://10.0.0.7:3001` */
  readonly origin: string;
  readonly client: Upstream;
  /** `10.0.0.7:3001`: its Host. */
  readonly host: string;
  /** Put before each path: '' or `/base`. */
  readonly base: string;
}

export interface RunningRoute {
  readonly name: string;
  readonly policies: readonly Policy[];
  readonly pool: Pool;
  readonly runtime: Runtime;
  readonly wheel: Wheel;
  /** `https` when the front is. */
  readonly scheme: string;
  /** Lines of the client that go on beside the usual ones. */
  readonly headers: ReadonlySet<string>;
  readonly changeOrigin: boolean;
  /** WebSocket may pass. */
  readonly upgrade: boolean;
  readonly timeoutMs: number;
  readonly silenceMs: number;
  readonly bodyBytesMax: number;
  /** Answers say `Connection: close`. */
  readonly isDraining: boolean;
  /** The path and query for the service, from those of the client. */
  rewrite(target: string): string;
  upstreamOf(instanceUrl: string): Destination;
  /** An exchange is over. */
  ended(): void;
}
