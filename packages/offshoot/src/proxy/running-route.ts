// What does an exchange need of its route, worked out once when the routes are read?
import type { Wheel } from '../resilience/index.ts';
import type { Policy } from './policy.ts';
import type { RouteToService } from './routed-service.ts';

export interface RunningRoute extends RouteToService {
  readonly name: string;
  readonly policies: readonly Policy[];
  readonly wheel: Wheel;
  /** Lines of the client that go on beside the usual ones. */
  readonly headers: ReadonlySet<string>;
  /** WebSocket may pass. */
  readonly upgrade: boolean;
  readonly timeoutMs: number;
  readonly silenceMs: number;
  readonly bodyBytesMax: number;
  /** Answers say `Connection: close`. */
  readonly isDraining: boolean;
  /** The path and query for the service, from those of the client. */
  rewrite(target: string): string;
  /** An exchange is over. */
  ended(): void;
}
