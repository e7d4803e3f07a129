// How does a set of contracts read as OpenAPI 3.1?
import type { AnyContract, ContractFacts } from './contract.ts';
import { type Components, componentsOf, type OpenApiObject } from './openapi-components.ts';
import { openapiOperation } from './openapi-operation.ts';
import type { Operation } from './operation.ts';

export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  /** @default none */
  readonly description?: string;
  /** Of the API, by its SPDX name. @default none */
  readonly license?: string;
  /** URL that the paths are relative to. @default '/': where the document came from */
  readonly server?: string;
}

/**
 * Where the edge mounts an operation: `/api/v<version>/<at><path>`, with `{field}` parameters. An
 * operation's own `version` and `at` go before its contract's.
 */
export function edgePath(contract: ContractFacts, operation: Operation<any, any, any, any>) {
  const path = operation.path === '/' ? '' : operation.path;
  const { version = contract.version, at = contract.at } = operation.spec;
  return `/api/v${version}/${at}${path}`;
}

/** Whether the edge routes an operation: all but those only for other services. */
export function isAtEdge(operation: Operation<any, any, any, any>): boolean {
  return operation.access.kind !== 'services';
}

interface Mounted {
  readonly path: string;
  readonly operation: Operation<any, any, any, any>;
}

function mounted(contracts: readonly AnyContract[]): readonly Mounted[] {
  const all = contracts.flatMap((contract) =>
    Object.values(contract.operations)
      .filter(isAtEdge)
      .map((operation) => ({ path: edgePath(contract, operation), operation })),
  );
  const order = ({ path, operation }: Mounted) => `${path} ${operation.method}`;
  return all.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function pathsOf(operations: readonly Mounted[], components: Components): OpenApiObject {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { path, operation } of operations) {
    paths[path] ??= {};
    paths[path][operation.method.toLowerCase()] = openapiOperation(operation, components);
  }
  return paths;
}

/**
 * The OpenAPI 3.1 document of what the edge routes. The same contracts give the same document,
 * in whatever order they come. Throws BAD_DEFINITION for a schema without a JSON form.
 *
 * @example
 * openapi([orders], { title: 'The shop', version: '1.0.0' }).openapi; // '3.1.0'
 */
export function openapi(contracts: readonly AnyContract[], info: OpenApiInfo): OpenApiObject {
  const { title, version, description, license, server = '/' } = info;
  const components = componentsOf();
  const operations = mounted(contracts);
  const paths = pathsOf(operations, components);
  const used = new Set(operations.map(({ operation }) => operation.service));
  const tags = new Map(
    contracts.map(({ name, summary }) => [name, { name, description: summary }]),
  );
  return {
    openapi: '3.1.0',
    info: {
      title,
      version,
      ...(description ? { description } : {}),
      ...(license ? { license: { name: license, identifier: license } } : {}),
    },
    servers: [{ url: server }],
    tags: [...used].sort().map((name) => tags.get(name)),
    paths,
    components: components.object(),
  };
}
