// Who may call an operation? The values a contract's `access` can take.

export type Access =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'services'; readonly services: readonly string[] }
  | {
      readonly kind: 'users';
      /** Any of these. Empty = no role needed. */
      readonly roles: readonly string[];
      /** All of these. Empty = no permission needed. */
      readonly permissions: readonly string[];
    };

/** No identity needed. Say it aloud: the default is `authenticated()`. */
export const anyone = (): Access => ({ kind: 'anyone' });

/** Any user or service with a valid identity. The default. */
export const authenticated = (): Access => ({ kind: 'authenticated' });

/** Only these services; never routed by the edge. */
export const fromService = (...services: [string, ...string[]]): Access => ({
  kind: 'services',
  services,
});

/** Users with any of these roles. */
export const role = (...roles: [string, ...string[]]): Access => ({
  kind: 'users',
  roles,
  permissions: [],
});

/** Users with all of these permissions. */
export const permission = (...permissions: [string, ...string[]]): Access => ({
  kind: 'users',
  roles: [],
  permissions,
});
