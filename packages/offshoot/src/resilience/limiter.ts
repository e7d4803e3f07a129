// How is a quota kept in this process, whichever kind of window it names?
import { fixedWindow } from './fixed-window.ts';
import { gcra } from './gcra.ts';
import type { Limiter, LimiterOptions } from './quota.ts';

/**
 * `gcra` for sliding quotas and `fixedWindow` for fixed ones, each with room for `keysMax` keys.
 *
 * @example
 * const calls = limiter({ clock: () => performance.now() });
 * const { isAllowed } = calls.take('ada', { windowMs: 60_000, max: 100, window: 'fixed' });
 */
export function limiter(options: LimiterOptions): Limiter {
  const sliding = gcra(options);
  const fixed = fixedWindow(options);
  return {
    take: (key, quota) => (quota.window === 'fixed' ? fixed : sliding).take(key, quota),
    get size() {
      return sliding.size + fixed.size;
    },
  };
}
