// Which path does the service see, for the path that the client asked for?
import { OffshootError } from '../error/index.ts';

/** As http-proxy-middleware's, of one kind: `^` and a literal beginning, and what stands for it. */
export type PathRewrite = Readonly<Record<string, string>>;

const KEY = /^\^(\/[\w\-.~!$&'()*+,;=:@/%]*)$/;
const VALUE = /^(?:\/[\w\-.~!$&'()*+,;=:@/%]*)?$/;

/**
 * The first beginning that fits, at a segment's end, is replaced; the query stays as it is.
 * Throws BAD_SETTING for a pattern that is more than a beginning: such are where a route that was
 * meant to be closed stays open.
 *
 * @example
 * const inner = pathRewrite({ '^/api/users': '/users' });
 * inner('/api/users/7?page=2'); // '/users/7?page=2'
 * inner('/api/users-admin'); // '/api/users-admin'
 */
export function pathRewrite(rules: PathRewrite = {}): (target: string) => string {
  const made = Object.entries(rules).map(([key, to]) => {
    const from = KEY.exec(key)?.[1]?.replace(/\/$/, '');
    if (from === undefined || !VALUE.test(to)) {
      const message = `pathRewrite '${key}': '${to}' makes no sense; write '^/beginning': '/other'`;
      throw new OffshootError('BAD_SETTING', message);
    }
    return { from, to: to.replace(/\/$/, '') };
  });
  if (made.length === 0) return (target) => target;
  return (target) => {
    for (const { from, to } of made) {
      if (!target.startsWith(from)) continue;
      const next = target.charCodeAt(from.length);
      if (Number.isNaN(next)) return to === '' ? '/' : to;
      if (next === SLASH) return to + target.slice(from.length);
      if (next === QUESTION) return (to === '' ? '/' : to) + target.slice(from.length);
    }
    return target;
  };
}

const SLASH = 0x2f;
const QUESTION = 0x3f;
