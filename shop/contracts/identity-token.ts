// What stands in the shop's access tokens? Both who issues and who verifies read it here.

export const ISSUER = 'https://shop.offshoot.dev';
export const AUDIENCE = 'shop';
/** The header's `typ` (RFC 9068): a refresh token is none of these. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';
export const ACCESS_TOKEN_SECONDS = 900;
