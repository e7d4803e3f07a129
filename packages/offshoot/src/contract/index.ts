// The public names of offshoot/contract.
export { type Access, anyone, authenticated, fromService, permission, role } from './access.ts';
export { type Caching, dropsOf } from './caching.ts';
export { type AnyContract, type Contract, type ContractFacts, contract } from './contract.ts';
export type { Deprecation } from './edition.ts';
export { ERASED, type Erased, isErased, unlessErased } from './erased.ts';
export {
  type EventData,
  type EventDefinition,
  type EventValue,
  event,
  type Personal,
  parseEventData,
  personal,
} from './event.ts';
export { jsonCopy } from './json-copy.ts';
export { jsonSchema } from './json-schema.ts';
export { edgePath, isAtEdge, type OpenApiInfo, openapi } from './openapi.ts';
export type { OpenApiObject } from './openapi-components.ts';
export {
  type Command,
  type Criticality,
  command,
  DEADLINE_MS_DEFAULT,
  type InputFor,
  isRefused,
  type Method,
  type Operation,
  type ParsedFor,
  type Query,
  query,
  type RefusalFor,
  type Refusals,
  type Refused,
  type ReplyFor,
  type ResultFor,
  refusal,
  refuse,
} from './operation.ts';
export {
  type Outside,
  type OutsideAdapter,
  type OutsideCall,
  type OutsideContext,
  type OutsideInput,
  type OutsideOutput,
  outside,
} from './outside.ts';
export { RATE_LIMIT_DEFAULT, type RateLimit } from './rate-limit.ts';
export {
  type InputOf,
  type Issue,
  type JsonSchema,
  jsonForm,
  type OutputOf,
  type Parsed,
  parse,
  type Schema,
} from './schema.ts';
export { checkUpcasts, type Upcast, type Upcasting, type Upcasts, upcast } from './upcast.ts';
