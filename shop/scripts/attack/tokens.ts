// Does any false token open what is guarded?
import { tokenTorture } from 'offshoot/testing';
import { GUARDED_PATH, type Target } from './lane.ts';
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

async function isLetIn(target: Target, authorization: string): Promise<boolean> {
  const [lane] = target.lanes;
  if (!lane) return false;
  const head = `GET ${GUARDED_PATH} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n`;
  await exchange(lane.port, { bytes: `${head}Authorization: ${authorization}\r\n\r\n` });
  return (await lane.take()).reached.length > 0;
}

/**
 * Sends every false token that a header can hold, and those under a good signature. Rejects when the
 * good token is not let in, because then nothing is tested.
 */
export async function tryTokens(target: Target): Promise<TokensFound> {
  const { tokens } = target;
  if (!tokens) return { tried: 0, wronglyAccepted: [] };
  const { good, material } = tokens;
  if (!(await isLetIn(target, `Bearer ${good}`)))
    throw new Error(`${target.name} does not let the good token in: nothing can be learnt`);
  let tried = 0;
  const wronglyAccepted: string[] = [];
  for (const { group, name, token } of tokenTorture({ good, ...material })) {
    if (!SENDABLE.test(token)) continue;
    const scheme = SCHEMES[tried % SCHEMES.length];
    tried += 1;
    if (await isLetIn(target, `${scheme} ${token}`)) wronglyAccepted.push(`${group}: ${name}`);
  }
  return { tried, wronglyAccepted };
}
