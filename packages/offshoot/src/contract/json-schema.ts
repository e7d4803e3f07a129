// How is a plain JSON Schema used where a contract wants a schema?
import { lateModule } from '../runtime/late-module.ts';
import type { JsonSchema, Schema } from './schema.ts';

/** Who brings schemas of another kind does not pay for it: it is a fifth of the start of a small process. */
const validator = lateModule<typeof import('ajv/dist/2020.js')>('ajv/dist/2020.js');

/**
 * A raw JSON Schema (2020-12) as a contract schema. Compiled once, here.
 *
 * @example
 * const Sku = jsonSchema<string>({ type: 'string', minLength: 3 });
 * Sku['~standard'].validate('KIT-1'); // { value: 'KIT-1' }
 */
export function jsonSchema<T>(form: JsonSchema): Schema<T, T> {
  const { Ajv2020 } = validator();
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
