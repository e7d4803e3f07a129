// Does any false token open what is guarded?
import { type TortureToken, tokenTorture } from 'offshoot/testing';
import { GUARDED_PATH, type Target, type TokenMint } from './lane.ts';
import { exchange } from './raw-client.ts';

export interface TokensFound {
  readonly tried: number;
  /** By group and name. */
  readonly wronglyAccepted: readonly string[];
}

/**
 * What can stand in a header line, and is not white space at an end, which HTTP takes away: the rest
 * is tested where tokens are verified.
 */
const SENDABLE = /^(?![\t ])[\t\x20-\x7e\x80-\xff]*(?<![\t ])$/;
const SCHEMES = ['Bearer', 'bearer', 'BEARER'];

/** Whether a token lists the audience of the good one among others: no mistake where lists are taken. */
const listsAudience = (token: string, good: string): boolean => {
  const audience = (one: string) => {
    try {
      return JSON.parse(Buffer.from(one.split('.')[1] ?? '', 'base64url').toString()).aud;
    } catch {
      return undefined;
    }
  };
  const list = audience(token);
  return Array.isArray(list) && list.includes(audience(good));
};

async function isLetIn(target: Target, authorization: string): Promise<boolean> {
  const [lane] = target.lanes;
  if (!lane) return false;
  const head = `GET ${GUARDED_PATH} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n`;
  await exchange(lane.port, { bytes: `${head}Authorization: ${authorization}\r\n\r\n` });
  return (await lane.take()).reached.length > 0;
}

/** Every false token of this moment that can be sent. */
function* falseTokens({ good, material, takesAudienceLists }: TokenMint): Generator<TortureToken> {
  for (const one of tokenTorture({ good, ...material })) {
    const isLawful = takesAudienceLists && one.group === 'aud' && listsAudience(one.token, good);
    if (SENDABLE.test(one.token) && !isLawful) yield one;
  }
}

/** A token that comes too early is good a moment later: only a fresh one that is let in is a find. */
async function isLetInAgain(target: Target, { group, name }: TortureToken): Promise<boolean> {
  for (const fresh of falseTokens(target.tokens()))
    if (fresh.group === group && fresh.name.split(' ')[0] === name.split(' ')[0])
      if (await isLetIn(target, `Bearer ${fresh.token}`)) return true;
  return false;
}

/**
 * Sends every false token that a header can hold, and those under a good signature. Rejects when the
 * good token is not let in, because then nothing is tested.
 */
export async function tryTokens(target: Target): Promise<TokensFound> {
  const mint = target.tokens();
  if (!(await isLetIn(target, `Bearer ${mint.good}`)))
    throw new Error(`${target.name} does not let the good token in: nothing can be learnt`);
  let tried = 0;
  const wronglyAccepted: string[] = [];
  for (const one of falseTokens(mint)) {
    const scheme = SCHEMES[tried % SCHEMES.length];
    tried += 1;
    if (!(await isLetIn(target, `${scheme} ${one.token}`))) continue;
    const isOfTime = one.group === 'iat' || one.group === 'nbf';
    if (!isOfTime || (await isLetInAgain(target, one)))
      wronglyAccepted.push(`${one.group}: ${one.name}`);
  }
  return { tried, wronglyAccepted };
}
