// How do those come about in whose name the fuzz asks?
import { randomBytes } from 'node:crypto';
import { nodeRuntime } from 'offshoot/runtime/node';
import { falseTokens } from '../../bad-input/false-tokens.ts';
import { type Cast, NOBODY, type Person } from './person.ts';
import type { Stage, Told } from './stage.ts';

/** What a login gives. */
export interface Session {
  readonly userId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

const PASSWORD_BYTES = 9;

function expect(told: Told, status: number, what: string): any {
  if (told.status === status) return told.json;
  throw new Error(`${what} was answered ${told.status}: ${JSON.stringify(told.json)}`);
}

/** An account and a session in it. Rejects when either is refused. */
export async function session(
  stage: Stage,
  email: string,
): Promise<Session & { password: string }> {
  const { surface, draft, ask, known } = stage;
  const password = randomBytes(PASSWORD_BYTES).toString('hex');
  const name = 'Zephyrine Quillfeather';
  const signUp = draft(surface.named('identity.signup'), NOBODY, { email, password, name });
  const { userId } = expect(await ask(signUp), 201, 'sign-up');
  known.protect(userId);
  return { userId, password, ...(await logIn(stage, email, password)) };
}

export async function logIn(stage: Stage, email: string, password: string) {
  const { surface, draft, ask, known } = stage;
  const asked = draft(surface.named('identity.login'), NOBODY, { email, password });
  const { accessToken, refreshToken } = expect(await ask(asked), 200, 'login');
  // Who uses it twice, or logs out with it, ends the session at every edge.
  known.protect(refreshToken);
  return { accessToken, refreshToken } as { accessToken: string; refreshToken: string };
}

export const person = (
  name: string,
  { userId, accessToken }: Session,
  isAdmin = false,
): Person => ({
  ...{ name, userId, isLive: true, isAdmin },
  authorization: `Bearer ${accessToken}`,
});

/** Tokens that open nothing, each with what is wrong with it. */
function strangers({ accessToken, refreshToken }: Session, expired: string): Person[] {
  const foreign = nodeRuntime().cryptography.signingKey(randomBytes(32));
  const tokens = falseTokens({ good: accessToken, expired, refreshToken, foreign });
  return Object.entries(tokens).map(([name, authorization]) => ({
    ...{ name, authorization, isLive: false, isAdmin: false },
  }));
}

/** Everybody. `expired` is a token that the shop itself issued, long ago. */
export async function cast(stage: Stage, admin: Person, expired: string): Promise<Cast> {
  const { surface, draft, ask, until } = stage;
  const made = async (name: string) => {
    const of = await session(stage, `zephyrine.${name}@example.test`);
    const one = person(name, of);
    const me = () => draft(surface.named('users.me'), one);
    expect(await until(me, ({ status }) => status === 200), 200, `the profile of ${name}`);
    return { of, one };
  };
  const [customer, other, blocked, erased] = await Promise.all([
    made('customer'),
    made('other'),
    made('blocked'),
    made('erased'),
  ]);
  const of = ({ one }: { one: Person }) => ({ userId: one.userId ?? '' });
  await ask(draft(surface.named('users.block'), admin, of(blocked)));
  await ask(draft(surface.named('users.erase'), erased.one, of(erased)));
  return {
    admin,
    customer: customer.one,
    other: other.one,
    blocked: blocked.one,
    erased: erased.one,
    strangers: strangers(customer.of, expired),
  };
}
