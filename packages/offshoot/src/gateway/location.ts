// Where does the result of an operation live?

/** Undefined when the output lacks a field of the template. */
export type Location = (output: unknown) => string | undefined;

/** Takes `/api/v1/orders/{orderId}` apart once; each field comes from the output, encoded. */
export function locationOf(template: string | undefined): Location | undefined {
  if (template === undefined) return undefined;
  // Splitting on a captured group leaves literals at even places and field names at odd ones.
  const parts = template.split(/\{(\w+)\}/);
  return (output) => {
    let path = '';
    for (const [index, part] of parts.entries()) {
      const value =
        index % 2 === 0 ? part : (output as Record<string, unknown> | undefined)?.[part];
      if (typeof value !== 'string' && typeof value !== 'number') return undefined;
      path += index % 2 === 0 ? part : encodeURIComponent(value);
    }
    return path;
  };
}
