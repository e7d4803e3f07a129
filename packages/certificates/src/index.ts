// The public names of @offshoot/certificates.
export {
  type Authority,
  type AuthorityOptions,
  certificateAuthority,
  type Issued,
} from './authority.ts';
export { type DevelopmentCertificatesOptions, developmentCertificates } from './development.ts';
export { type RenewedOptions, type RenewedSource, renewedCertificates } from './renewed.ts';
