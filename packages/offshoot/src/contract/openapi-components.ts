// What do the operations of an OpenAPI document share, and how do their schemas refer to it?
import type { JsonSchema } from './schema.ts';

export type OpenApiObject = Record<string, unknown>;

export interface Components {
  /** The form with its own `$defs` moved to the shared schemas, under names with `where` before. */
  lift(form: JsonSchema, where: string): JsonSchema;
  object(): OpenApiObject;
}

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'What went wrong, as RFC 9457 problem details',
  required: ['type', 'title', 'status', 'code', 'retryable'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string', description: 'Stable; compare this' },
    retryable: { type: 'boolean', description: 'The same call may succeed later, unchanged' },
    traceId: { type: 'string' },
    errors: {
      type: 'array',
      description: 'With VALIDATION_FAILED',
      items: {
        type: 'object',
        required: ['detail', 'pointer'],
        properties: { detail: { type: 'string' }, pointer: { type: 'string' } },
      },
    },
    data: { description: 'With a refusal that declares it' },
    'violated-policies': {
      type: 'array',
      description: 'With RATE_LIMITED: names of the quotas that are used up',
      items: { type: 'string' },
    },
  },
};

/** Every value of a JSON tree under `$ref`, replaced. */
function withReferences(value: unknown, replaced: (reference: string) => string): unknown {
  if (Array.isArray(value)) return value.map((one) => withReferences(one, replaced));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    name === '$ref' && typeof inner === 'string'
      ? replaced(inner)
      : withReferences(inner, replaced),
  ]);
  return Object.fromEntries(entries);
}

const DEFINITIONS = ['$defs', 'definitions'] as const;

function refersToRoot(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, inner]) =>
    name === '$ref' ? inner === '#' : refersToRoot(inner),
  );
}

/** Collects the shared schemas of one document. */
export function componentsOf(): Components {
  const schemas: Record<string, unknown> = { Problem: PROBLEM_SCHEMA };
  return {
    lift(form, where) {
      const root = { ...form };
      const own: Record<string, unknown> = {};
      for (const kind of DEFINITIONS) {
        Object.assign(own, root[kind]);
        delete root[kind];
      }
      const nameOf = (name: string) => `${where}.${name.replace(/[^\w.-]/g, '_')}`;
      const replaced = (reference: string): string => {
        if (reference === '#') return `#/components/schemas/${where}`;
        const kind = DEFINITIONS.find((one) => reference.startsWith(`#/${one}/`));
        return kind
          ? `#/components/schemas/${nameOf(reference.slice(kind.length + 3))}`
          : reference;
      };
      for (const [name, schema] of Object.entries(own))
        schemas[nameOf(name)] = withReferences(schema, replaced);
      const lifted = withReferences(root, replaced) as JsonSchema;
      if (refersToRoot(form)) schemas[where] = lifted;
      return lifted;
    },
    object() {
      const sorted = Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1));
      const bearer = { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' };
      return { schemas: Object.fromEntries(sorted), securitySchemes: { bearer } };
    },
  };
}
