// Who may call what, by the contracts alone: every operation with every kind of principal?
import { type AnyContract, isAtEdge, type Operation } from '../contract/index.ts';
import { ANONYMOUS, Principal, servicePrincipal } from '../security/index.ts';

export type Expectation = 'admitted' | 'UNAUTHENTICATED' | 'FORBIDDEN';

export interface MatrixCell {
  /** `orders.place` */
  readonly name: string;
  readonly operation: Operation;
  readonly isAtEdge: boolean;
  /** `anonymous`, `user`, `user:admin`, `service:orders`, … */
  readonly who: string;
  readonly principal: Principal;
  readonly expected: Expectation;
}

const STRANGER = 'stranger';

/** Each right that a contract names makes a kind of user, who has that one and no other. */
function usersOf(operations: readonly Operation[]): ReadonlyMap<string, Principal> {
  const found = new Map<string, Principal>();
  const user = (who: string, rights: { roles?: string[]; permissions?: string[] } = {}) =>
    found.set(who, new Principal({ kind: 'user', id: `matrix-${found.size}`, ...rights }));
  user('user');
  for (const { access } of operations) {
    if (access.kind !== 'users') continue;
    for (const role of access.roles) user(`user:${role}`, { roles: [role] });
    for (const right of access.permissions) user(`user:+${right}`, { permissions: [right] });
    const { permissions } = access;
    if (permissions.length > 1) user(`user:+all`, { permissions: [...permissions] });
  }
  return found;
}

function principalsOf(contracts: readonly AnyContract[]): ReadonlyMap<string, Principal> {
  const operations = contracts.flatMap((one) => Object.values(one.operations));
  const callers = operations.flatMap(({ access }) =>
    access.kind === 'services' ? access.services : [],
  );
  const services = new Set([...contracts.map(({ name }) => name), ...callers, STRANGER]);
  return new Map([
    ['anonymous', ANONYMOUS],
    ...usersOf(operations),
    ...[...services].map((name) => [`service:${name}`, servicePrincipal(name)] as const),
  ]);
}

/** Written anew, not taken from what is tested: two that agree are worth more than one. */
function expectedOf({ access }: Operation, principal: Principal): Expectation {
  const { kind, id, roles, permissions } = principal;
  if (access.kind === 'anyone') return 'admitted';
  if (kind === 'anonymous') return 'UNAUTHENTICATED';
  if (access.kind === 'authenticated') return 'admitted';
  if (access.kind === 'services')
    return kind === 'service' && access.services.includes(id) ? 'admitted' : 'FORBIDDEN';
  const hasRole = access.roles.length === 0 || access.roles.some((one) => roles.includes(one));
  const hasAll = access.permissions.every((one) => permissions.includes(one));
  return hasRole && hasAll ? 'admitted' : 'FORBIDDEN';
}

/**
 * Every operation of the contracts with every kind of principal that they tell apart: nobody, a user
 * without rights, one with each right, each service, and a service that nobody knows.
 *
 * @example
 * for (const { operation, principal, expected } of authorisationMatrix(CONTRACTS))
 *   // call it as that principal, and compare
 */
export function authorisationMatrix(contracts: readonly AnyContract[]): readonly MatrixCell[] {
  const principals = principalsOf(contracts);
  return contracts.flatMap((contract) =>
    Object.values(contract.operations).flatMap((operation: Operation) =>
      [...principals].map(([who, principal]) => ({
        name: `${operation.service}.${operation.name}`,
        ...{ operation, isAtEdge: isAtEdge(operation), who, principal },
        expected: expectedOf(operation, principal),
      })),
    ),
  );
}

/**
 * The operations whose contract does not say who may call them: they are for everybody who is signed
 * in, and perhaps nobody thought about it. A test that expects none makes people think.
 */
export const withoutAccess = (contracts: readonly AnyContract[]): readonly string[] =>
  contracts.flatMap(({ operations }) =>
    Object.values(operations)
      .filter(({ spec }: Operation) => spec.access === undefined)
      .map(({ service, name }) => `${service}.${name}`),
  );
