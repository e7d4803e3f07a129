// Which values does a process take from its environment, and which can it use?
import { OffshootError } from '../error/index.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment, read by name. An empty variable is a missing one. */
export interface Settings {
  /** Throws BAD_SETTING when it is missing and has no fallback. */
  text(name: string, fallback?: string): string;
  /** Throws BAD_SETTING when it is no whole number from `min` to `max`. */
  integer(
    name: string,
    range: { readonly min: number; readonly max: number },
    fallback: number,
  ): number;
  /** Throws BAD_SETTING when it is none of `choices`. */
  choice<const C extends string>(name: string, choices: readonly C[], fallback: C): C;
  /** An absolute http(s) URL without a slash at its end. Throws BAD_SETTING when it is none. */
  url(name: string, fallback?: string): string;
  /** As it is, or undefined. For secrets: their values are in no message. */
  find(name: string): string | undefined;
}

const bad = (message: string): never => {
  throw new OffshootError('BAD_SETTING', message);
};

/** Settings from environment variables. */
export function settings(environment: Environment): Settings {
  const find = (name: string) => environment[name] || undefined;
  const text = (name: string, fallback?: string): string =>
    find(name) ?? fallback ?? bad(`${name} is not set: set this environment variable`);
  return {
    find,
    text,
    integer(name, { min, max }, fallback) {
      const given = text(name, String(fallback));
      if (!/^\d{1,15}$/.test(given) || Number(given) < min || Number(given) > max)
        return bad(`${name}='${given}' cannot be used: give a whole number from ${min} to ${max}`);
      return Number(given);
    },
    choice(name, choices, fallback) {
      const given = text(name, fallback);
      const known = choices.find((one) => one === given);
      return known ?? bad(`${name}='${given}' cannot be used: give one of ${choices.join(', ')}`);
    },
    url(name, fallback) {
      const given = text(name, fallback);
      const url = URL.canParse(given) ? new URL(given) : undefined;
      if (!url || !/^https?:$/.test(url.protocol))
        return bad(`${name} cannot be used: give an address like http://127.0.0.1:4000`);
      return url.href.replace(/\/$/, '');
    },
  };
}
