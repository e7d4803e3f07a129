// Who is calling, in a form that only this process's own verification can make?
import type { Access } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';

export interface Identity {
  readonly kind: 'user' | 'service' | 'anonymous';
  /** User id or service name; '' for anonymous. */
  readonly id: string;
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
  readonly tenant?: string;
}

/**
 * A sealed identity: made by verifying a token or by the host for its own services. A plain
 * object that looks like one is refused, so a header can never become a principal.
 */
export class Principal implements Identity {
  readonly #sealed = true;
  readonly #name: string;
  readonly kind: Identity['kind'];
  readonly id: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly tenant: string;

  constructor(identity: Identity) {
    this.kind = identity.kind;
    this.id = identity.id;
    this.#name = `${identity.kind}:${identity.id}`;
    this.roles = Object.freeze([...(identity.roles ?? [])]);
    this.permissions = Object.freeze([...(identity.permissions ?? [])]);
    this.tenant = identity.tenant ?? '';
    Object.freeze(this);
  }

  /** `user:<id>`, `service:<name>` or `anonymous:`; the scope of idempotency keys. */
  get name(): string {
    return this.#name;
  }

  static isSealed(value: unknown): value is Principal {
    return typeof value === 'object' && value !== null && #sealed in value && value.#sealed;
  }
}

export const ANONYMOUS = new Principal({ kind: 'anonymous', id: '' });
export const servicePrincipal = (name: string) => new Principal({ kind: 'service', id: name });

const forbidden = (why: string) => new OffshootError('FORBIDDEN', why);

/** Throws UNAUTHENTICATED or FORBIDDEN unless `principal` may call an operation with `access`. */
export function authorise(access: Access, principal: Principal): void {
  if (!Principal.isSealed(principal))
    throw new OffshootError('UNAUTHENTICATED', 'unverified identity');
  if (access.kind === 'anyone') return;
  if (principal.kind === 'anonymous')
    throw new OffshootError('UNAUTHENTICATED', 'sign in and send the access token as Bearer');
  if (access.kind === 'authenticated') return;
  if (access.kind === 'services') {
    const admitted = principal.kind === 'service' && access.services.includes(principal.id);
    if (!admitted) throw forbidden('only other services may call this operation');
    return;
  }
  const { roles, permissions } = access;
  if (roles.length > 0 && !roles.some((one) => principal.roles.includes(one)))
    throw forbidden(`needs one of the roles ${roles.join(', ')}`);
  if (!permissions.every((one) => principal.permissions.includes(one)))
    throw forbidden(`needs the permissions ${permissions.join(', ')}`);
}
