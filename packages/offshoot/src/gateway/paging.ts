// Where is the next page of a list? RFC 8288.
import { jsonForm, type Operation } from '../contract/index.ts';
import type { Exchange } from './exchange.ts';

/** Whether an operation answers page by page: it takes a `cursor` from the query. */
export function isPaged({ method, input, service, name }: Operation<any, any, any, any>): boolean {
  if (method !== 'GET') return false;
  const { properties } = jsonForm(input, 'input', `${service}.${name}`);
  return typeof properties === 'object' && properties !== null && 'cursor' in properties;
}

/** The Link to the page after this one: the same question with `next` of the answer as cursor. */
export function nextLink(value: unknown, { path, query }: Exchange): string | undefined {
  const next = (value as { readonly next?: unknown } | undefined)?.next;
  if (typeof next !== 'string') return undefined;
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', next);
  return `<${path}?${parameters}>; rel="next"`;
}
