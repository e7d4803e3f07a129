// Who shops? People with names that are easy to find again where they must not be.
import { randomInt } from 'node:crypto';
import { OffshootError } from 'offshoot/error';
import { type HttpClient, type Reply, untilFinal } from './http-client.ts';

export interface Shopper {
  /** Of every request that is made for them. */
  readonly headers: { readonly authorization: string };
  readonly shippingAddress: Readonly<Record<string, string>>;
}

/** In the name, e-mail or address of every shopper: none may be readable in any stored byte. */
export const CANARIES = [
  'Zephyrine',
  'zephyrine',
  'Quillfeather',
  'quillfeather',
  '@example.test',
  'Larkspur Terrace',
] as const;

const AT_ONCE_MAX = 16;
const PATIENCE_MS = 60_000;
const TIMEOUT_MS = 30_000;
const LETTERS = 'abcdefghijkmnopqrstuvwxyz';

/** Letters only: digits could add up to what looks like a card number. */
export const randomLetters = (count: number) =>
  Array.from({ length: count }, () => LETTERS[randomInt(LETTERS.length)]).join('');

/** Signs up and logs in so many people, at most 16 at a time. Rejects when one is refused. */
export async function shoppers(
  http: HttpClient,
  count: number,
  onProgress: (done: number) => void = () => {},
): Promise<Shopper[]> {
  const run = randomLetters(8);
  const made: Shopper[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const number = next;
      next += 1;
      made[number] = await shopper(http, run, number);
      onProgress(made.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE_MAX, count) }, worker));
  return made;
}

async function shopper(http: HttpClient, run: string, number: number): Promise<Shopper> {
  const place = String(number).padStart(4, '0');
  const name = `Zephyrine Quillfeather ${place}`;
  const email = `zephyrine.${place}.${run}@example.test`;
  const password = randomLetters(20);
  const signedUp = await post(http, '/api/v1/auth/signup', { email, password, name });
  // 409 after a lost answer: it was us who took the address.
  if (signedUp.status !== 201 && signedUp.status !== 409) throw refused('sign-up', signedUp);
  const loggedIn = await post(http, '/api/v1/auth/login', { email, password });
  if (loggedIn.status !== 200) throw refused('login', loggedIn);
  const { accessToken } = JSON.parse(loggedIn.body) as { accessToken: string };
  return {
    headers: { authorization: `Bearer ${accessToken}` },
    shippingAddress: {
      name,
      street: `${number + 1} Larkspur Terrace`,
      city: 'Wendlebury',
      postalCode: `W${place}`,
      country: 'Norland',
    },
  };
}

function post(http: HttpClient, path: string, body: object): Promise<Reply> {
  const sending = { body: JSON.stringify(body), timeoutMs: TIMEOUT_MS };
  return untilFinal(() => http.send('POST', path, sending), performance.now() + PATIENCE_MS);
}

const refused = (what: string, { status, body }: Reply) =>
  new OffshootError('BAD_UPSTREAM', `${what} was answered ${status}: ${body.slice(0, 300)}`);
