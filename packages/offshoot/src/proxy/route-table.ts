// Which route is a request for? The longest path wins, whatever the order in the file.
import { OffshootError } from '../error/index.ts';

/** What decides whether a request is for a route. */
export interface RouteMatch {
  readonly name: string;
  /** A beginning of whole segments: `/users` is `/users` and `/users/7`, never `/users-admin`. */
  readonly path: string;
  /** @default any method */
  readonly methods?: readonly string[] | undefined;
  /** Without a port; `*.example.com` is all names below it. @default any host */
  readonly host?: string | undefined;
}

export interface RouteTable<Route extends RouteMatch> {
  /** Throws ROUTE_NOT_FOUND, or METHOD_NOT_ALLOWED when the path has routes for other methods only. */
  find(method: string, host: string | undefined, target: string): Route;
}

interface Node<Route> {
  readonly below: Map<string, Node<Route>>;
  routes: readonly Route[];
}

const node = <Route>(): Node<Route> => ({ below: new Map(), routes: [] });

/** Host names before patterns, patterns before any; methods named before any. */
const closeness = ({ host, methods }: RouteMatch): number =>
  (host === undefined ? 0 : host.startsWith('*') ? 2 : 4) + (methods === undefined ? 0 : 1);

function isHost(pattern: string | undefined, host: string): boolean {
  if (pattern === undefined) return true;
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : pattern === host;
}

const key = ({ path, host = '', methods = [] }: RouteMatch) =>
  `${path} ${host} ${[...methods].sort().join()}`;

/** Throws BAD_SETTING when two routes want the same requests. */
export function routeTable<Route extends RouteMatch>(routes: readonly Route[]): RouteTable<Route> {
  const root = node<Route>();
  const seen = new Map<string, string>();
  for (const route of routes) {
    const twin = seen.get(key(route));
    if (twin !== undefined)
      throw new OffshootError(
        'BAD_SETTING',
        `routes ${twin} and ${route.name} want the same; remove one`,
      );
    seen.set(key(route), route.name);
    let at = root;
    for (const segment of route.path.split('/').filter((one) => one !== '')) {
      const next = at.below.get(segment) ?? node<Route>();
      at.below.set(segment, next);
      at = next;
    }
    at.routes = [...at.routes, route].sort((a, b) => closeness(b) - closeness(a));
  }

  const fits = (found: readonly Route[], method: string, host: string) => {
    for (const route of found)
      if (isHost(route.host, host) && (route.methods?.includes(method) ?? true)) return route;
    return undefined;
  };

  return {
    find(method, host = '', target) {
      const colon = host.charCodeAt(0) === BRACKET ? -1 : host.indexOf(':');
      const name = (colon < 0 ? host : host.slice(0, colon)).toLowerCase();
      let best = fits(root.routes, method, name);
      let others = best ? [] : root.routes;
      const question = target.indexOf('?');
      const end = question < 0 ? target.length : question;
      let at = root;
      for (let from = 1; from < end; ) {
        let to = target.indexOf('/', from);
        if (to < 0 || to > end) to = end;
        const next = at.below.get(target.slice(from, to));
        if (!next) break;
        at = next;
        if (at.routes.length > 0) {
          const found = fits(at.routes, method, name);
          if (found) best = found;
          else if (at.routes.some((one) => isHost(one.host, name))) {
            // This path is another's with other methods: it does not fall through to a shorter one.
            best = undefined;
            others = at.routes;
          }
        }
        from = to + 1;
      }
      if (best) return best;
      const allow = others.flatMap((one) => (isHost(one.host, name) ? (one.methods ?? []) : []));
      if (allow.length === 0)
        throw new OffshootError('ROUTE_NOT_FOUND', 'no route of this gateway has this path');
      const details = { allow: [...new Set(allow)].join(', ') };
      throw new OffshootError('METHOD_NOT_ALLOWED', `this path takes ${details.allow}`, {
        details,
      });
    },
  };
}

const BRACKET = 0x5b;
