// How does a contract check a value, whatever schema library its author likes?
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { badDefinition } from '../error/index.ts';

/** Any Standard Schema that also has a JSON form: zod 4, ArkType, valibot, `jsonSchema()`. */
export interface Schema<In = any, Out = In> {
  readonly '~standard': StandardSchemaV1.Props<In, Out> & StandardJSONSchemaV1.Props<In, Out>;
}

/** What a caller may hand in. */
export type InputOf<S> = S extends Schema<infer In, any> ? In : never;
/** What the other side receives after parsing. */
export type OutputOf<S> = S extends Schema<any, infer Out> ? Out : never;

/** One reason why a value does not fit: RFC 9457 style, pointer RFC 6901. */
export interface Issue {
  readonly detail: string;
  readonly pointer: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly Issue[] };

const ISSUES_MAX = 20;

const escaped = (segment: string) => segment.replaceAll('~', '~0').replaceAll('/', '~1');

function pointer(path: StandardSchemaV1.Issue['path']): string {
  const segments = (path ?? []).map((part) =>
    escaped(String(typeof part === 'object' ? part.key : part)),
  );
  return `#${segments.map((segment) => `/${segment}`).join('')}`;
}

/** Checks and parses `value`; at most 20 issues are reported. Synchronous schemas only. */
export function parse<S extends Schema>(schema: S, value: unknown): Parsed<OutputOf<S>> {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) return badDefinition('a contract needs synchronous schemas');
  if (!result.issues) return { ok: true, value: result.value as OutputOf<S> };
  const issues = result.issues
    .slice(0, ISSUES_MAX)
    .map((issue) => ({ detail: issue.message, pointer: pointer(issue.path) }));
  return { ok: false, issues };
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON Schema (2020-12) of a schema. Throws BAD_DEFINITION where it has none. */
export function jsonForm(schema: Schema, side: 'input' | 'output', where: string): JsonSchema {
  try {
    const form = { ...schema['~standard'].jsonSchema[side]({ target: 'draft-2020-12' }) };
    delete form.$schema;
    return form;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return badDefinition(`${where}: this schema has no JSON form (${reason})`);
  }
}
