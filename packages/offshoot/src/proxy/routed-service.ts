// Where do requests for a service go, and what of a route do they say?
import type { Pool } from '../discovery/index.ts';
import type { Runtime, Upstream } from '../runtime/index.ts';

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

/** A service of the configuration, as requests are sent to it. */
export interface RoutedService {
  readonly pool: Pool;
  upstreamOf(instanceUrl: string): Destination;
}

/** A route is also the service that its target names. */
export interface RouteToService extends RoutedService {
  readonly runtime: Runtime;
  /** `https` when the front is. */
  readonly scheme: string;
  readonly changeOrigin: boolean;
}
