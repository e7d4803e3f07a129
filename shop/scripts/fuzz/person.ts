// In whose name is something asked?

export interface Person {
  readonly name: string;
  /** Value of the Authorization header; undefined = none. */
  readonly authorization: string | undefined;
  /** The token is one that the shop accepts now. */
  readonly isLive: boolean;
  /** May do what needs a role. */
  readonly isAdmin: boolean;
  /** Undefined for those who are nobody. */
  readonly userId?: string;
}

/** Everybody in whose name the fuzz asks. */
export interface Cast {
  readonly admin: Person;
  readonly customer: Person;
  readonly other: Person;
  readonly blocked: Person;
  readonly erased: Person;
  /** Nobody, the expired, the forged: none of them may be let in. */
  readonly strangers: readonly Person[];
}

export const NOBODY: Person = {
  name: 'nobody',
  authorization: undefined,
  isLive: false,
  isAdmin: false,
};
