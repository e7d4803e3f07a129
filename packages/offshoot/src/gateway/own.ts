// Which pages does the edge answer itself, without a service?
import { type AnyContract, type OpenApiInfo, openapi } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import type { HttpHandler, InboundReply } from '../runtime/index.ts';
import { type Health, healthPages } from './health-pages.ts';

export interface OwnOptions {
  readonly contracts: readonly AnyContract[];
  readonly health: Health;
  /** The text form of the process's metrics. */
  metricsText(): Promise<string>;
  /** @default { title: 'API', version: '1' } */
  readonly document?: OpenApiInfo;
  /** Further pages of the host by `METHOD /path`, outside `/api/`. */
  readonly extra?: Readonly<Record<string, HttpHandler>>;
}

export interface OwnPages {
  /** The page of a path. Throws METHOD_NOT_ALLOWED when it has no such method. */
  find(method: string, path: string): HttpHandler | undefined;
}

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const answer = (status: number, contentType: string, body: string): InboundReply => ({
  status,
  headers: { 'content-type': contentType },
  body,
});

function standardPages(options: OwnOptions): Readonly<Record<string, HttpHandler>> {
  const { contracts, health, metricsText, document } = options;
  let text: string | undefined;
  return {
    ...healthPages(health),
    'GET /metrics': async () => answer(200, METRICS_TYPE, await metricsText()),
    'GET /openapi.json': async () => {
      text ??= JSON.stringify(openapi(contracts, document ?? { title: 'API', version: '1' }));
      return answer(200, 'application/json', text);
    },
  };
}

/** The health, metrics and description of this host, and whatever it adds. */
export function ownPages(options: OwnOptions): OwnPages {
  const pages = new Map<string, Map<string, HttpHandler>>();
  const all = { ...standardPages(options), ...options.extra };
  for (const [key, page] of Object.entries(all)) {
    const [method = '', path = ''] = key.split(' ');
    const methods = pages.get(path) ?? new Map<string, HttpHandler>();
    pages.set(path, methods.set(method, page));
  }
  return {
    find(method, path) {
      const methods = path.startsWith('/api/') ? undefined : pages.get(path);
      const page = methods?.get(method);
      if (page || !methods) return page;
      const allow = [...methods.keys()].join(', ');
      const message = `this path answers ${allow}`;
      throw new OffshootError('METHOD_NOT_ALLOWED', message, { details: { allow } });
    },
  };
}
