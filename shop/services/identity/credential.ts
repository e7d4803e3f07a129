// What is remembered of an account, without its e-mail address?
import { collection } from 'offshoot/store';

/** The id is a keyed hash of the e-mail: found by who knows it, readable by nobody. */
export interface Credential {
  readonly userId: string;
  readonly emailHash: string;
  /** Argon2id with its parameters, as a PHC string. */
  readonly passwordHash: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

export const credentials = collection<Credential>('credentials', { indexes: ['userId'] });

/** A refresh token as stored: its id is the SHA-256 of the token, which only its holder has. */
export interface RefreshToken {
  readonly userId: string;
  /** Whose roles the next access token has. */
  readonly emailHash: string;
  /** The login that it goes back to. */
  readonly family: string;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly expires: number;
  /** One use each: a second one ends the family. */
  readonly isUsed: boolean;
}

export const refreshTokens = collection<RefreshToken>('refresh_tokens', { ends: 'expires' });

/** Families of refresh tokens that are over, by logout or because a used one came again. */
export interface RevokedFamily {
  readonly userId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export const revokedFamilies = collection<RevokedFamily>('revoked_families');
