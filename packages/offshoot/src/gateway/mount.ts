// How does one contract stand in somebody else's app, with nothing of ours around it?
import type { AnyContract } from '../contract/index.ts';
import { type Callee, inProcess } from '../rpc/index.ts';
import type { HttpHandler, Runtime } from '../runtime/index.ts';
import { type Logger, type Metrics, SILENT, UNMEASURED } from '../telemetry/index.ts';
import { gateway } from './gateway.ts';
import type { Health } from './health-pages.ts';
import type { TokenOptions } from './identity.ts';

export interface MountOptions {
  readonly runtime: Runtime;
  /** Whose access tokens are believed. @default nobody's: callers are anonymous */
  readonly tokens?: TokenOptions;
  /** @default says nothing */
  readonly logger?: Logger;
  /** @default counts nothing */
  readonly metrics?: Metrics;
}

const NOBODY: TokenOptions = { issuer: '', audience: '', type: 'at+jwt', keys: async () => [] };
const pass = { status: 'pass' } as const;
const HEALTH: Health = { live: () => pass, started: () => pass, ready: async () => pass };

/**
 * The operations of a contract at `/api/v<version>/<name>`, with validation, limits, problems and
 * `/openapi.json`, for `nodeHandler` or `fetchHandler`. Throws BAD_DEFINITION.
 *
 * @example
 * app.use(nodeHandler(mount(stock, answering(stock, answers, { runtime }), { runtime })));
 */
export function mount(contract: AnyContract, callee: Callee, options: MountOptions): HttpHandler {
  const { runtime, tokens = NOBODY, logger = SILENT, metrics = UNMEASURED } = options;
  const { transport, register } = inProcess(runtime);
  register(contract.name, callee);
  return gateway({
    ...{ runtime, logger, metrics, transport, tokens, contracts: [contract], health: HEALTH },
    metricsText: async () => '',
  });
}
