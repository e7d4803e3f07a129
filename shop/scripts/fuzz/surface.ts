// What does the shop's own description say that one can ask, and what it may answer?
import type { Form } from '../../bad-input/sample.ts';

/** What is documented of one status of one operation. */
export interface DocumentedAnswer {
  /** Stable codes of the problem; empty where the answer is none. */
  readonly codes: readonly string[];
  /** Those of them that a handler refuses with. */
  readonly refusals: ReadonlySet<string>;
  /** Undefined for an answer without a body. */
  readonly schema: object | undefined;
  /** Header fields that every such answer has, lower case. */
  readonly headers: readonly string[];
}

export interface AskedOperation {
  /** `orders.place` */
  readonly id: string;
  readonly tag: string;
  readonly method: string;
  /** With `{field}` for parameters. */
  readonly path: string;
  /** Everything that one sends, wherever it travels. */
  readonly form: Form;
  readonly inPath: readonly string[];
  /** Fields travel in a body; else in the path and the query. */
  readonly sendsBody: boolean;
  /** By the names of header parameters, lower case: whether they must be there. */
  readonly headers: ReadonlyMap<string, boolean>;
  readonly isOpen: boolean;
  /** Some role is needed. */
  readonly isRestricted: boolean;
  readonly answers: ReadonlyMap<number, DocumentedAnswer>;
}

export interface Surface {
  readonly operations: readonly AskedOperation[];
  /** Schemas that others refer to. */
  readonly components: unknown;
  named(id: string): AskedOperation;
  /** What a method and a path ask for, if anything that is documented. */
  find(method: string, target: string): AskedOperation | undefined;
}

const PARAMETER = /^\{(\w+)\}$/;

function answerOf(documented: any): DocumentedAnswer {
  const { description, content = {}, headers = {} } = documented;
  const problem = content['application/problem+json']?.schema;
  const refusals = (problem?.anyOf ?? [problem]).flatMap((one: any) =>
    (one?.allOf ?? []).flatMap(({ properties }: any) => properties?.code?.const ?? []),
  );
  return {
    codes: problem ? description.split(', ') : [],
    refusals: new Set(refusals),
    schema: problem ?? content['application/json']?.schema,
    headers: Object.keys(headers).map((name) => name.toLowerCase()),
  };
}

function formOf(parameters: readonly any[], body: Form | undefined): Form {
  const fields = parameters.filter((one) => one.in === 'path' || one.in === 'query');
  const properties = fields.map((one): [string, Form] => [one.name, one.schema]);
  const required = fields.filter((one) => one.required).map((one): string => one.name);
  return {
    type: 'object',
    additionalProperties: body?.additionalProperties ?? true,
    properties: { ...Object.fromEntries(properties), ...body?.properties },
    required: [...required, ...(body?.required ?? [])],
  };
}

function operationOf(path: string, method: string, described: any): AskedOperation {
  const { operationId: id, tags, parameters = [], requestBody, responses, security } = described;
  const answers = Object.entries(responses).map(([status, one]): [number, DocumentedAnswer] => [
    Number(status),
    answerOf(one),
  ]);
  const headers = parameters
    .filter((one: any) => one.in === 'header')
    .map((one: any): [string, boolean] => [one.name.toLowerCase(), one.required]);
  return {
    ...{ id, path, tag: tags[0], method: method.toUpperCase(), answers: new Map(answers) },
    form: formOf(parameters, requestBody?.content['application/json'].schema),
    inPath: path.split('/').flatMap((one) => PARAMETER.exec(one)?.[1] ?? []),
    sendsBody: answers.some(([status]) => status === 415),
    headers: new Map(headers),
    isOpen: security.length === 0,
    isRestricted: /^Needs /.test(described.description ?? ''),
  };
}

function fits(path: string, segments: readonly string[]): boolean {
  const own = path.split('/');
  const isSame = (one: string, index: number) =>
    PARAMETER.test(one) ? segments[index] !== '' : one === segments[index];
  return own.length === segments.length && own.every(isSame);
}

/** Reads an OpenAPI document. */
export function surfaceOf(document: any): Surface {
  const operations = Object.entries<any>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => operationOf(path, method, one)),
  );
  const byId = new Map(operations.map((one) => [one.id, one]));
  // Fixed segments go before parameters: /orders/statistics is no order.
  const sorted = operations.toSorted((a, b) => a.inPath.length - b.inPath.length);
  return {
    operations,
    components: document.components,
    named(id) {
      const found = byId.get(id);
      if (!found) throw new Error(`the shop describes no operation ${id}`);
      return found;
    },
    find(method, target) {
      const [path = ''] = target.split('?');
      // Without a version the path is that of the first.
      const versioned = /^\/api\/v\d/.test(path) ? path : path.replace(/^\/api\//, '/api/v1/');
      const segments = versioned.split('/');
      return sorted.find((one) => one.method === method && fits(one.path, segments));
    },
  };
}
