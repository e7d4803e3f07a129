// The public names of offshoot/proxy.
export {
  type ConfigMistake,
  configSchema,
  type GatewayConfig,
  mistakesIn,
  type PolicyConfig,
  type RouteConfig,
  type ServiceConfig,
} from './config.ts';
export type { Exchange, ExchangeOutcome } from './exchange.ts';
export { POLICIES } from './policies/catalogue.ts';
export type { Policy, PolicyContext, PolicyKind, SecretName, Step } from './policy.ts';
export { type ProxyOptions, proxy, type RunningProxy } from './proxy.ts';
