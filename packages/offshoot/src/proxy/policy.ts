// What is a policy? One small piece of what a route does, and the three moments at which it may act.

import type { Runtime } from '../runtime/index.ts';
import type { Logger, Metrics, Tracer } from '../telemetry/index.ts';
import type { Exchange } from './exchange.ts';
import type { RoutedService } from './routed-service.ts';

/**
 * What a policy does at one moment of an exchange. Made once, when the routes are read: what it
 * remembers of one exchange it keeps in `exchange.slots[context.slot]`, not in a closure.
 *
 * - it returns: the exchange goes on;
 * - it calls `exchange.answer(…)`: the exchange ends with that, no later policy is asked;
 * - it throws an OffshootError: the exchange ends with that problem (RFC 9457);
 * - it returns a promise: the exchange waits for it. Only in `onRequest`.
 */
export type Step = (exchange: Exchange) => void | Promise<void>;

/**
 * One policy of one route. Policies are asked in the order of the list in `onRequest`, and the
 * other way round in `onResponse` and `onEnd`: the first one is the outermost.
 *
 * @example
 * const stamp: Policy = {
 *   name: 'stamp',
 *   onRequest: (exchange) => exchange.forward('x-stamp', 'yes'),
 *   onResponse: (exchange) => exchange.reply('x-stamped', 'yes'),
 * };
 */
export interface Policy {
  readonly name: string;
  /** Before anything is sent. */
  readonly onRequest?: Step;
  /**
   * The head of the answer is known (`exchange.status`, `exchange.replyHeaders`) and not yet sent;
   * also of answers that the gateway gives itself. Of those policies only that were asked before.
   */
  readonly onResponse?: (exchange: Exchange) => void;
  /** It is over, one way or the other (`exchange.outcome`). Of those policies only that were asked. */
  readonly onEnd?: (exchange: Exchange) => void;
  /** The route is gone and its last exchange is over. */
  readonly close?: () => void;
}

/** What a policy is made of, beside its options. */
export interface PolicyContext {
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The name of the route: for logs, metrics and keys. */
  readonly route: string;
  /** The policy's own place in `exchange.slots`. */
  readonly slot: number;
  readonly tracer: Tracer;
  /** What the kind named with `services`. */
  service(name: string): RoutedService;
  /** The text of a secret that the configuration names. Throws BAD_SETTING when there is none. */
  secret(named: SecretName): string;
}

/** Secrets stand in no configuration: only where they are found. */
export type SecretName = { readonly env: string } | { readonly file: string };

/** A kind of policy, by the name that stands in gateway.yaml. */
export interface PolicyKind<Options> {
  readonly name: string;
  /** One sentence, shown by editors. */
  readonly description: string;
  /** JSON Schema of its options, without `$ref`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The services, beside the route's own, that it sends requests to: names or addresses. @default none */
  services?(options: Options): readonly string[];
  /** Throws BAD_SETTING for what a schema cannot say. Options that stay the same keep their policy over a reload. */
  make(options: Options, context: PolicyContext): Policy;
}
