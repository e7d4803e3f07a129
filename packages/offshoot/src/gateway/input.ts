// What of a request becomes the input of an operation?
import type { Method } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import type { Inbound } from '../runtime/index.ts';

const DEPTH_MAX = 32;
const QUERY_PARAMS_MAX = 100;
const JSON_TYPE = 'application/json';

type Fields = Record<string, unknown>;

const malformed = (message: string) => new OffshootError('MALFORMED_BODY', message);
const badRequest = (message: string) => new OffshootError('MALFORMED_REQUEST', message);

function isJson(contentType: string | undefined): boolean {
  if (contentType === JSON_TYPE) return true;
  const [type, ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const fits = (one: string) => {
    const [name, value] = one.trim().split('=');
    return name !== 'charset' || value === 'utf-8' || value === '"utf-8"';
  };
  return type?.trim() === JSON_TYPE && parameters.every(fits);
}

function checkMediaType({ headers }: Inbound): void {
  const coding = headers['content-encoding'];
  if (!isJson(headers['content-type']))
    throw new OffshootError('UNSUPPORTED_MEDIA_TYPE', 'send Content-Type: application/json');
  if (coding !== undefined && coding !== 'identity')
    throw new OffshootError('UNSUPPORTED_MEDIA_TYPE', 'send the body without Content-Encoding');
}

/** Keys that could reach a prototype in somebody's careless merge, and trees too deep to copy. */
function checkTree(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > DEPTH_MAX) throw malformed(`the body is nested deeper than ${DEPTH_MAX} levels`);
  if (Array.isArray(value)) {
    for (const one of value) checkTree(one, depth + 1);
    return;
  }
  for (const name in value) {
    const inner = (value as Fields)[name];
    if (name === '__proto__') throw malformed('the body must not have the key __proto__');
    if (name === 'constructor' && typeof inner === 'object' && inner && 'prototype' in inner)
      throw malformed('the body must not have the key constructor.prototype');
    checkTree(inner, depth + 1);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function tooLarge(bytesMax: number): never {
  const message = `a body may have at most ${bytesMax} bytes; send less`;
  throw new OffshootError('BODY_TOO_LARGE', message);
}

function bodyFields(request: Inbound): Fields {
  if (request.bodyOverBytes !== undefined) tooLarge(request.bodyOverBytes);
  if (request.body.length === 0) return {};
  checkMediaType(request);
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(request.body));
  } catch {
    // The parser's own message quotes the body, which may be personal.
    throw malformed('the body is not JSON in UTF-8');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('the body must be a JSON object');
  checkTree(value, 1);
  return value as Fields;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.includes('+') ? text.replaceAll('+', ' ') : text);
  } catch {
    throw badRequest('the query has broken percent-encoding');
  }
}

function addField(fields: Fields, name: string, value: string): void {
  if (name === '__proto__') throw badRequest('the query must not have the name __proto__');
  if (!Object.hasOwn(fields, name)) fields[name] = value;
  else if (Array.isArray(fields[name])) fields[name].push(value);
  else fields[name] = [fields[name], value];
}

function queryFields(query: string): Fields {
  const fields: Fields = {};
  if (query === '') return fields;
  const pairs = query.split('&', QUERY_PARAMS_MAX + 1);
  if (pairs.length > QUERY_PARAMS_MAX)
    throw badRequest(`a query may have at most ${QUERY_PARAMS_MAX} parameters`);
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decoded(equals === -1 ? pair : pair.slice(0, equals));
    addField(fields, name, equals === -1 ? '' : decoded(pair.slice(equals + 1)));
  }
  return fields;
}

/**
 * One JSON object: the query of GET and DELETE or the body of the others, a repeated query
 * parameter as an array, and over both the fields of the path. Not yet validated: the callee does
 * that. Throws MALFORMED_REQUEST, MALFORMED_BODY, BODY_TOO_LARGE or UNSUPPORTED_MEDIA_TYPE.
 */
export function inputOf(
  method: Method,
  request: Inbound,
  query: string,
  params: Readonly<Record<string, string | undefined>>,
): Fields {
  const fromQuery = method === 'GET' || method === 'DELETE';
  const fields = fromQuery ? queryFields(query) : bodyFields(request);
  for (const name in params) fields[name] = params[name];
  return fields;
}
