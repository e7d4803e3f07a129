// What may stand in gateway.yaml, and what does each line mean?
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { OffshootError } from '../error/index.ts';
import type { PolicyKind } from './policy.ts';
import type { PathRewrite } from './rewrite.ts';

export interface ServiceConfig {
  /** `http://10.0.0.7:3001`; more than one is balanced over. */
  readonly instances: readonly string[];
  /** @default peak-ewma */
  readonly balancer?: string;
  /** Whether instances that fail are left alone for a while. @default true */
  readonly ejection?: boolean;
  /** Asked of each instance; those that do not answer 2xx get no requests. */
  readonly healthCheck?: { readonly path: string; readonly everyMs?: number };
  /** Connections to each instance. @default 256 */
  readonly connectionsMax?: number;
}

/** A name, or a name with its options. */
export type PolicyConfig = string | Readonly<Record<string, unknown>>;

export interface RouteConfig {
  /** @default the path */
  readonly name?: string;
  readonly path: string;
  readonly methods?: readonly string[];
  readonly host?: string;
  /** A service of the file, or an address. */
  readonly target: string;
  /** Sends the target's own Host. @default false */
  readonly changeOrigin?: boolean;
  readonly pathRewrite?: PathRewrite;
  /** Lines of the client that go on beside the usual ones. */
  readonly headers?: readonly string[];
  /** Until the head of the answer. @default 5000 */
  readonly timeoutMs?: number;
  /** Between two pieces of an answer. @default 60000 */
  readonly silenceMs?: number;
  /** @default 1 MiB */
  readonly bodyBytesMax?: number;
  /** WebSockets may pass. @default false */
  readonly upgrade?: boolean;
  /** After those of the whole gateway. */
  readonly policies?: readonly PolicyConfig[];
}

export interface GatewayConfig {
  readonly services?: Readonly<Record<string, ServiceConfig | readonly string[]>>;
  /** Of every route, before the route's own. */
  readonly policies?: readonly PolicyConfig[];
  readonly routes: readonly RouteConfig[];
}

/** A mistake in a configuration: what, where, and the fix. `path` leads there, as in `routes/0/target`. */
export interface ConfigMistake {
  readonly path: readonly string[];
  readonly message: string;
}

const text = { type: 'string', minLength: 1, maxLength: 500 } as const;
const milliseconds = { type: 'integer', minimum: 1, maximum: 86_400_000 } as const;
const address = {
  type: 'string',
  pattern: '^https?://[^/?#@\\s]+(/[^?#\\s]*)?$',
  maxLength: 500,
} as const;
const header = { type: 'string', pattern: '^[a-z0-9-]+$', maxLength: 100 } as const;

/** JSON Schema (2020-12) of the part of gateway.yaml that says what happens to a request. */
export function configSchema(kinds: readonly PolicyKind<never>[]): Record<string, unknown> {
  const named = kinds.map(({ name, description, options }) => ({
    type: 'object',
    description,
    required: [name],
    additionalProperties: false,
    properties: { [name]: options },
  }));
  const plain = { enum: kinds.map(({ name }) => name) };
  const policies = { type: 'array', maxItems: 50, items: { oneOf: [plain, ...named] } };
  const service = {
    type: 'object',
    required: ['instances'],
    additionalProperties: false,
    properties: {
      instances: { type: 'array', items: address, minItems: 1, maxItems: 1_000 },
      balancer: text,
      ejection: { type: 'boolean' },
      healthCheck: {
        type: 'object',
        required: ['path'],
        additionalProperties: false,
        properties: { path: { type: 'string', pattern: '^/' }, everyMs: milliseconds },
      },
      connectionsMax: { type: 'integer', minimum: 1, maximum: 10_000 },
    },
  };
  const instances = { type: 'array', items: address, minItems: 1, maxItems: 1_000 };
  const route = {
    type: 'object',
    required: ['path', 'target'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', pattern: '^[\\w./:{}-]{1,100}$' },
      path: { type: 'string', pattern: "^/[\\w.~!$&'()*+,;=:@/-]*$", maxLength: 500 },
      methods: {
        type: 'array',
        minItems: 1,
        uniqueItems: true,
        items: { enum: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] },
      },
      host: { type: 'string', pattern: '^(\\*\\.)?[a-z0-9.-]+$' },
      target: text,
      changeOrigin: { type: 'boolean' },
      pathRewrite: { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 20 },
      headers: { type: 'array', items: header, maxItems: 100 },
      timeoutMs: milliseconds,
      silenceMs: milliseconds,
      bodyBytesMax: { type: 'integer', minimum: 0, maximum: 10_737_418_240 },
      upgrade: { type: 'boolean' },
      policies,
    },
  };
  return {
    type: 'object',
    required: ['routes'],
    additionalProperties: false,
    properties: {
      services: {
        type: 'object',
        maxProperties: 500,
        propertyNames: { pattern: '^[a-z][a-z0-9-]{0,62}$' },
        additionalProperties: { oneOf: [instances, service] },
      },
      policies,
      routes: { type: 'array', items: route, minItems: 1, maxItems: 10_000 },
    },
  };
}

/** Every mistake that the schema finds in `value`, with the way to it. */
export function mistakesIn(value: unknown, schema: Record<string, unknown>): ConfigMistake[] {
  const validate = new Ajv2020({ allErrors: true, strict: false, allowUnionTypes: true }).compile(
    schema,
  );
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  // Of a choice between shapes only the deepest word helps: `oneOf` itself says nothing.
  const deepest = errors.filter(
    (one) =>
      one.keyword !== 'oneOf' &&
      one.keyword !== 'if' &&
      !errors.some((other) => isDeeper(other, one)),
  );
  const said = new Set<string>();
  return deepest.flatMap((one) => {
    const mistake = mistakeOf(one);
    const id = mistake.path.join('/');
    if (said.has(id)) return [];
    said.add(id);
    return [mistake];
  });
}

const isDeeper = (other: ErrorObject, one: ErrorObject): boolean =>
  other.instancePath.startsWith(`${one.instancePath}/`) && one.instancePath !== '';

function mistakeOf({ instancePath, keyword, params, message }: ErrorObject): ConfigMistake {
  const path = instancePath.split('/').slice(1).map(unescaped);
  switch (keyword) {
    case 'additionalProperties':
      return {
        path: [...path, String(params.additionalProperty)],
        message: `'${params.additionalProperty}' is no setting here; remove it or mend its spelling`,
      };
    case 'required':
      return { path, message: `'${params.missingProperty}' is missing here; add it` };
    case 'enum':
      return { path, message: `use one of ${(params.allowedValues as unknown[]).join(', ')}` };
    case 'pattern':
      return { path, message: `this does not look like ${params.pattern}` };
    default:
      return { path, message: `this ${message ?? 'cannot be used'}` };
  }
}

const unescaped = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~');

/** The configuration in a value, or BAD_SETTING with every mistake in `details.mistakes`. */
export function checkedConfig(value: unknown, kinds: readonly PolicyKind<never>[]): GatewayConfig {
  const mistakes = mistakesIn(value, configSchema(kinds));
  if (mistakes.length === 0) return value as GatewayConfig;
  const [first] = mistakes;
  const message = `${first!.path.join('/') || 'the file'}: ${first!.message}`;
  throw new OffshootError('BAD_SETTING', message, { details: { mistakes } });
}
