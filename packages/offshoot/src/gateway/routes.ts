// Which operation does a method and a path name?
import Router from 'find-my-way';
import {
  type AnyContract,
  edgePath,
  isAtEdge,
  type Method,
  type Operation,
} from '../contract/index.ts';
import { badDefinition, OffshootError } from '../error/index.ts';
import { type Notices, noticesOf } from './deprecation.ts';
import { type Location, locationOf } from './location.ts';
import { isPaged } from './paging.ts';

export interface Route {
  /** The full path with `{field}` parameters; the same for both mounts. */
  readonly template: string;
  readonly operation: Operation<any, any, any, any>;
  readonly location: Location | undefined;
  readonly notices: Notices;
  readonly isPaged: boolean;
}

/** A mount of a route: the fixed segments of its own path, `undefined` where a parameter is. */
interface Mount {
  readonly route: Route;
  readonly fixed: readonly (string | undefined)[];
}

export interface Found {
  readonly route: Route;
  /** Decoded, by field. */
  readonly params: Readonly<Record<string, string | undefined>>;
}

export interface Routes {
  /**
   * The operation of a path, which comes without its query. Throws ROUTE_NOT_FOUND,
   * METHOD_NOT_ALLOWED (`details.allow`) or MALFORMED_REQUEST for broken percent-encoding.
   */
  find(method: string, path: string): Found;
}

const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Header lines are bounded by less: what is too long for a field is its contract's to refuse. */
const PARAM_LENGTH_MAX = 65_536;
const unused = (): void => {};
const onBadUrl = (): never => {
  throw new OffshootError('MALFORMED_REQUEST', 'the path has broken percent-encoding');
};

function mount(router: Router.Instance<any>, path: string, route: Route): void {
  const segments = path.split('/');
  const fixed = segments.map((one) => (one.startsWith('{') ? undefined : one));
  const pattern = segments.map((one) => (one.startsWith('{') ? `:${one.slice(1, -1)}` : one));
  const { method, service, name } = route.operation;
  try {
    router.on(method, pattern.join('/'), unused, { route, fixed } satisfies Mount);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    badDefinition(`${service}.${name} cannot be mounted at ${method} ${path}: ${why}`);
  }
}

function mountAll(router: Router.Instance<any>, contracts: readonly AnyContract[]): void {
  const unversioned = new Map<string, number>();
  for (const contract of [...contracts].sort((a, b) => a.version - b.version)) {
    // Of several versions the oldest keeps the path without a version: its callers never chose.
    const oldest = unversioned.get(contract.at) ?? contract.version;
    unversioned.set(contract.at, oldest);
    for (const operation of Object.values(contract.operations).filter(isAtEdge)) {
      const template = edgePath(contract, operation);
      const location = locationOf(operation.spec.location);
      const more = { notices: noticesOf(operation), isPaged: isPaged(operation) };
      const route: Route = { template, operation, location, ...more };
      mount(router, template, route);
      const version = operation.spec.version ?? contract.version;
      if (version === oldest) mount(router, template.replace(`/v${version}/`, '/'), route);
    }
  }
}

/**
 * The router lets a parameter be empty and decodes fixed segments too. Here an empty segment, and
 * a fixed one written with percent-encoding, make another path.
 */
function isLiteral(path: string, { fixed }: Mount, params: Found['params']): boolean {
  for (const name in params) if (params[name] === '') return false;
  if (!path.includes('%')) return true;
  const segments = path.split('/');
  return fixed.every((one, index) => one === undefined || one === segments[index]);
}

/** Mounts every operation but those for other services only. Throws BAD_DEFINITION on a clash. */
export function routes(contracts: readonly AnyContract[]): Routes {
  const router = Router({
    maxParamLength: PARAM_LENGTH_MAX,
    ignoreTrailingSlash: false,
    ignoreDuplicateSlashes: false,
    caseSensitive: true,
    onBadUrl,
    querystringParser: unused,
  });
  mountAll(router, contracts);

  const lookUp = (method: Method, path: string): Found | undefined => {
    const found = router.find(method, path);
    if (!found) return undefined;
    // The router names its handler for a broken path instead of calling it.
    const mounted = found.store as Mount | null;
    if (!mounted) return onBadUrl();
    const { params } = found;
    return isLiteral(path, mounted, params) ? { route: mounted.route, params } : undefined;
  };

  return {
    find(method, path) {
      // A `#` is never sent by a client that means well, and the router would cut there.
      const isPath = path.startsWith('/') && !path.includes('#');
      const known = isPath && METHODS.includes(method as Method);
      const found = known ? lookUp(method as Method, path) : undefined;
      if (found) return found;
      const allow = isPath ? METHODS.filter((one) => lookUp(one, path)) : [];
      if (allow.length === 0)
        throw new OffshootError('ROUTE_NOT_FOUND', 'no operation has this path');
      const message = `this path answers ${allow.join(', ')}`;
      throw new OffshootError('METHOD_NOT_ALLOWED', message, {
        details: { allow: allow.join(', ') },
      });
    },
  };
}
