// How is a plain JSON Schema used where a contract wants a schema?
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonSchema, Schema } from './schema.ts';

/**
 * A raw JSON Schema (2020-12) as a contract schema. Compiled once, here.
 *
 * @example
 * const Sku = jsonSchema<string>({ type: 'string', minLength: 3 });
 * Sku['~standard'].validate('KIT-1'); // { value: 'KIT-1' }
 */
export function jsonSchema<T>(form: JsonSchema): Schema<T, T> {
  const check = new Ajv2020({ allErrors: true, strict: false, validateFormats: false }).compile(
    form,
  );
  const toIssue = (error: { message?: string; instancePath: string }) => ({
    message: error.message ?? 'does not fit',
    path: error.instancePath.split('/').slice(1),
  });
  return {
    '~standard': {
      version: 1,
      vendor: 'offshoot',
      validate: (value) =>
        check(value) ? { value: value as T } : { issues: (check.errors ?? []).map(toIssue) },
      jsonSchema: { input: () => ({ ...form }), output: () => ({ ...form }) },
    },
  };
}
