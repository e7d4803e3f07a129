// How does a list become one parameter of a statement?

const SPECIAL = /[\\"]/g;

/**
 * A PostgreSQL array literal of texts; null and undefined become NULL. A list is one parameter, so a
 * statement has one text and one plan, however much it is given.
 */
export function textArray(values: readonly (string | null | undefined)[]): string {
  if (values.length === 0) return '{}';
  let literal = '';
  for (const value of values)
    literal += value == null ? ',NULL' : `,"${value.replace(SPECIAL, '\\$&')}"`;
  return `{${literal.slice(1)}}`;
}

/** Of numbers and truth values, which need no quotes. */
export function plainArray(values: readonly (number | boolean | null | undefined)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join()}}`;
}

/** A name in SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
