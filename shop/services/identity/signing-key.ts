// Which key signs access tokens, and where does it come from?
import { collection, one } from 'offshoot/store';

export interface SigningKeyRecord {
  /** Whose key in the keyring seals the seed. */
  readonly owner: typeof OWNER;
  readonly kid: string;
  /** 32 bytes, base64url. */
  readonly seed: string;
  /** The public part, as in a JWK. */
  readonly x: string;
}

export const OWNER = 'service:identity';
export const CURRENT = 'current';

export const signingKeys = collection<SigningKeyRecord>('signing_keys', {
  personal: { subject: 'owner', fields: ['seed'] },
});

export const currentKey = () => one(signingKeys, CURRENT);
