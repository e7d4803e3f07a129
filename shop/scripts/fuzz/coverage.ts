// What was asked and answered so far, and which documented answer has nobody seen yet?
import type { Verdict } from './judge.ts';
import type { Answer, Draft } from './request.ts';
import type { Surface } from './surface.ts';

/** The figures of `fuzz --json`. */
export interface Figures {
  readonly requests: number;
  /** Shares of all requests. */
  readonly authenticatedShare: number;
  readonly handledShare: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly fiveHundreds: number;
  readonly undocumented: number;
  readonly documentedStatuses: number;
  /** `orders.place 409`. */
  readonly unseen: readonly string[];
}

export interface Coverage {
  add(draft: Draft, answer: Answer, verdict: Verdict): void;
  readonly requests: number;
  /** The first of what was wrong, told in full. */
  readonly complaints: readonly string[];
  figures(): Figures;
}

const TOLD_MAX = 50;
const TEXT_MAX = 300;
/** From here on it is our own failure: described, so that a client knows it, but never to be seen. */
const FAILURE = 500;
/** Not let in, or turned away before anybody looked. */
const TURNED_AWAY: ReadonlySet<number> = new Set([401, 429]);

export function coverage({ operations }: Surface): Coverage {
  const seen = new Map<string, number>();
  const byStatus = new Map<number, number>();
  const complaints: string[] = [];
  let requests = 0;
  let authenticated = 0;
  let handled = 0;
  let wrong = 0;

  const documented = operations.flatMap(({ id, answers }) =>
    [...answers.keys()].filter((status) => status < FAILURE).map((status) => `${id} ${status}`),
  );

  return {
    get requests() {
      return requests;
    },
    complaints,
    add(draft, answer, verdict) {
      const { status } = answer;
      requests += 1;
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      if (draft.who.isLive && !TURNED_AWAY.has(status)) authenticated += 1;
      if (verdict.isHandled) handled += 1;
      const key = `${verdict.operation?.id} ${status}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
      if (verdict.complaints.length === 0) return;
      wrong += 1;
      if (complaints.length < TOLD_MAX) complaints.push(told(draft, answer, verdict));
    },
    figures: () => ({
      requests,
      authenticatedShare: authenticated / Math.max(1, requests),
      handledShare: handled / Math.max(1, requests),
      byStatus: Object.fromEntries([...byStatus].sort(([a], [b]) => a - b)),
      fiveHundreds: [...byStatus].reduce((sum, [one, n]) => (one >= FAILURE ? sum + n : sum), 0),
      undocumented: wrong,
      documentedStatuses: documented.length,
      unseen: documented.filter((one) => !seen.has(one)),
    }),
  };
}

/** Enough to send it again. */
function told({ method, target, who, how, body }: Draft, answer: Answer, verdict: Verdict) {
  const said = body === undefined ? '' : ` ${String(body).slice(0, TEXT_MAX)}`;
  const asked = `${method} ${target.slice(0, TEXT_MAX)} by ${who.name}${said}`;
  const wrong = verdict.complaints.join('; ');
  return `${wrong}: ${asked} (${how.join(', ')}) → ${answer.status} ${answer.text.slice(0, TEXT_MAX)}`;
}
