// The public names of offshoot/security.
export { embeddedKeyring, keyringIdentity } from './embedded-keyring.ts';
export { KeyMissing, type Keyring, type SubjectKey } from './keyring.ts';
export { ANONYMOUS, authorise, type Identity, Principal, servicePrincipal } from './principal.ts';
export { type SealedField, type Sealer, sealer } from './sealer.ts';
export {
  type Passport,
  type PassportControl,
  type PassportControlOptions,
  type Passports,
  type PassportsOptions,
  passportControl,
  passports,
} from './service-identity.ts';
export { type Claims, type Expected, issueToken, type Verifier, verifyToken } from './token.ts';
export { type Veiled, veil } from './veil.ts';
