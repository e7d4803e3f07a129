// How does one operation read in an OpenAPI document?
import { CODES, type Code } from '../error/index.ts';
import type { Components, OpenApiObject } from './openapi-components.ts';
import type { Operation } from './operation.ts';
import { type JsonSchema, jsonForm, type Schema } from './schema.ts';

type AnyOperation = Operation<any, any, any, any>;

const PROBLEM = { $ref: '#/components/schemas/Problem' };
const problemContent = (schema: unknown) => ({ 'application/problem+json': { schema } });

/** The object form of an input, taken apart. */
interface InputForm {
  readonly form: JsonSchema;
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
  /** The path parameters, in their order. */
  readonly inPath: readonly string[];
}

function inputForm(operation: AnyOperation, components: Components): InputForm {
  const where = `${operation.service}.${operation.name}`;
  const form = components.lift(jsonForm(operation.input, 'input', where), `${where}.input`);
  return {
    form,
    properties: (form.properties ?? {}) as Record<string, JsonSchema>,
    required: (form.required ?? []) as string[],
    inPath: [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string),
  };
}

const sendsBody = ({ method }: AnyOperation) => method !== 'GET' && method !== 'DELETE';

const headerOf = (name: string, required: boolean, description: string, maxLength: number) => ({
  ...{ name, in: 'header', required, description },
  schema: { type: 'string', minLength: 1, maxLength },
});

function headersOf({ method, kind, spec }: AnyOperation): readonly OpenApiObject[] {
  const key = headerOf(
    'Idempotency-Key',
    spec.idempotencyKey === 'required',
    'Fresh with each new request, the same with every repeat of it',
    255,
  );
  const match = headerOf('If-Match', true, 'The ETag of what you read and mean to change', 2_000);
  const none = headerOf('If-None-Match', false, 'The ETag of what you have already', 2_000);
  return [
    ...(kind === 'command' ? [key] : []),
    ...(spec.ifMatch === undefined ? [] : [match]),
    ...(method === 'GET' ? [none] : []),
  ];
}

function parametersOf(operation: AnyOperation, input: InputForm): readonly OpenApiObject[] {
  const { properties, required, inPath } = input;
  const schemaOf = (name: string) => properties[name] ?? { type: 'string' };
  const given = (operation.spec.example?.input ?? {}) as Record<string, unknown>;
  const exampleOf = (name: string) => (name in given ? { example: given[name] } : {});
  const path = inPath.map((name) => ({
    ...{ name, in: 'path', required: true, schema: schemaOf(name) },
    ...exampleOf(name),
  }));
  const inQuery = sendsBody(operation) ? [] : Object.keys(properties);
  const query = inQuery
    .filter((name) => !inPath.includes(name))
    .map((name) => ({
      name,
      in: 'query',
      required: required.includes(name),
      schema: schemaOf(name),
      ...exampleOf(name),
    }));
  return [...path, ...query, ...headersOf(operation)];
}

function bodyOf(operation: AnyOperation, input: InputForm): OpenApiObject | undefined {
  if (!sendsBody(operation)) return undefined;
  const { form, properties, required, inPath } = input;
  const elsewhere = [...inPath, operation.spec.ifMatch];
  const left = Object.entries(properties).filter(([name]) => !elsewhere.includes(name));
  if ('properties' in form && left.length === 0) return undefined;
  const mandatory = required.filter((name) => !elsewhere.includes(name));
  const schema: Record<string, unknown> = { ...form };
  if ('properties' in form) schema.properties = Object.fromEntries(left);
  if ('required' in form) schema.required = mandatory;
  const isNeeded = mandatory.length > 0 || !('properties' in form);
  const given = operation.spec.example?.input as Record<string, unknown> | undefined;
  const sent = given && Object.entries(given).filter(([name]) => !elsewhere.includes(name));
  const example = sent ? { example: Object.fromEntries(sent) } : {};
  return { required: isNeeded, content: { 'application/json': { schema, ...example } } };
}

const ETAG = { description: 'For If-None-Match', schema: { type: 'string' } };
const NOT_MODIFIED = { description: 'As in your If-None-Match', headers: { ETag: ETAG } };

const hasTag = ({ method, status }: AnyOperation) => method === 'GET' && status === 200;

function successOf(operation: AnyOperation, components: Components): OpenApiObject {
  const where = `${operation.service}.${operation.name}`;
  const { status, spec } = operation;
  const text = { type: 'string' };
  const told = {
    ...(spec.location ? { Location: { description: spec.location, schema: text } } : {}),
    ...(hasTag(operation) ? { ETag: ETAG } : {}),
  };
  const headers = Object.keys(told).length > 0 ? { headers: told } : {};
  if (status === 204) return { description: 'Done', ...headers };
  const schema = components.lift(jsonForm(operation.output, 'output', where), `${where}.output`);
  const description = status === 202 ? 'Accepted' : 'Done';
  const example = spec.example?.output === undefined ? {} : { example: spec.example.output };
  return { description, ...headers, content: { 'application/json': { schema, ...example } } };
}

const FAILURES: readonly Code[] = [
  'INTERNAL_ERROR',
  'BAD_UPSTREAM',
  'UNAVAILABLE',
  'NO_HEALTHY_INSTANCE',
  'OVERLOADED',
  'DRAINING',
  'DEADLINE_EXCEEDED',
];

/**
 * Whether anything can be wrong with what is sent: a text always arrives in a path, and a query may
 * repeat a name, which makes it a list.
 */
function isRefusable(operation: AnyOperation, { form, properties, inPath }: InputForm): boolean {
  if (operation.kind === 'command' || sendsBody(operation)) return true;
  const isAnyText = (name: string) => {
    const { type, ...rules } = properties[name] ?? {};
    return type === 'string' && Object.keys(rules).length === 0;
  };
  const isClosed = !('properties' in form) || form.additionalProperties === false;
  const inQuery = Object.keys(properties).filter((name) => !inPath.includes(name));
  return isClosed || inQuery.length > 0 || !inPath.every(isAnyText);
}

/**
 * Which of the toolkit's own problems an operation can answer with. A lost race is none of them:
 * the unit of work runs again, and in the end it is UNAVAILABLE.
 */
function ownCodes(operation: AnyOperation, input: InputForm): readonly Code[] {
  const { access, kind, spec, rateLimit } = operation;
  const codes: Code[] = ['MALFORMED_REQUEST', 'UNAUTHENTICATED', 'HEADERS_TOO_LARGE'];
  if (isRefusable(operation, input)) codes.push('VALIDATION_FAILED');
  if (sendsBody(operation))
    codes.push('MALFORMED_BODY', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  if (access.kind === 'users') codes.push('FORBIDDEN');
  if (kind === 'command') codes.push('IDEMPOTENCY_KEY_REUSED');
  if (spec.asksOutside) codes.push('OUTCOME_PENDING');
  if (spec.ifMatch !== undefined) codes.push('PRECONDITION_REQUIRED');
  if (spec.idempotencyKey === 'required') codes.push('IDEMPOTENCY_KEY_REQUIRED');
  if (rateLimit) codes.push('RATE_LIMITED');
  return [...codes, ...FAILURES];
}

function refusalSchema(operation: AnyOperation, code: string, components: Components) {
  const data = operation.refusals[code]?.data as Schema | undefined;
  const where = `${operation.service}.${operation.name}.${code}`;
  const properties = {
    code: { const: code },
    ...(data ? { data: components.lift(jsonForm(data, 'output', where), where) } : {}),
  };
  return { allOf: [PROBLEM, { type: 'object', required: Object.keys(properties), properties }] };
}

function failuresOf(operation: AnyOperation, input: InputForm, components: Components) {
  const byStatus = new Map<number, { codes: string[]; schemas: unknown[] }>();
  const at = (status: number) => {
    const found = byStatus.get(status) ?? { codes: [], schemas: [] };
    byStatus.set(status, found);
    return found;
  };
  for (const code of Object.keys(operation.refusals).sort()) {
    const entry = at(operation.refusals[code].status);
    entry.codes.push(code);
    entry.schemas.push(refusalSchema(operation, code, components));
  }
  for (const code of ownCodes(operation, input)) {
    const entry = at(CODES[code].status);
    if (!entry.codes.includes(code)) entry.codes.push(code);
    if (!entry.schemas.includes(PROBLEM)) entry.schemas.push(PROBLEM);
  }
  return [...byStatus].map(([status, { codes, schemas }]) => {
    const schema = schemas.length === 1 ? schemas[0] : { anyOf: schemas };
    return [String(status), { description: codes.join(', '), content: problemContent(schema) }];
  });
}

function accessNote({ access }: AnyOperation): string | undefined {
  if (access.kind !== 'users') return undefined;
  const roles = access.roles.length > 0 ? [`one of the roles ${access.roles.join(', ')}`] : [];
  const permissions =
    access.permissions.length > 0 ? [`the permissions ${access.permissions.join(', ')}`] : [];
  return `Needs ${[...roles, ...permissions].join(' and ')}.`;
}

/** One operation object. Its schemas may add to `components`. */
export function openapiOperation(operation: AnyOperation, components: Components): OpenApiObject {
  const input = inputForm(operation, components);
  const body = bodyOf(operation, input);
  const success = successOf(operation, components);
  const failures = failuresOf(operation, input, components);
  const operationId = `${operation.service}.${operation.name}`;
  const note = accessNote(operation);
  return {
    operationId,
    tags: [operation.service],
    summary: operation.spec.summary ?? operationId,
    ...(note ? { description: note } : {}),
    ...(operation.spec.deprecated ? { deprecated: true } : {}),
    parameters: parametersOf(operation, input),
    ...(body ? { requestBody: body } : {}),
    // Keys that look like integers stand in ascending order, so the document is the same each time.
    responses: {
      [String(operation.status)]: success,
      ...(hasTag(operation) ? { 304: NOT_MODIFIED } : {}),
      ...Object.fromEntries(failures),
    },
    security: operation.access.kind === 'anyone' ? [] : [{ bearer: [] }],
  };
}
