// How are the options of policies described, so that a mistake in the file is found in its line?

/** An object of these members and no others. */
export const options = (
  properties: Readonly<Record<string, unknown>>,
  required: readonly string[] = [],
): Readonly<Record<string, unknown>> => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

export const flag = { type: 'boolean' } as const;
export const text = { type: 'string', minLength: 1, maxLength: 500 } as const;
export const texts = { type: 'array', items: text, maxItems: 100 } as const;
export const milliseconds = { type: 'integer', minimum: 1, maximum: 86_400_000 } as const;
export const count = { type: 'integer', minimum: 0, maximum: 1_000_000_000 } as const;

/** The name of an environment variable, or of a file. */
export const secretName = {
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: false,
  properties: { env: text, file: text },
} as const;
