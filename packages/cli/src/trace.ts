// Where did the time of one request go, from the edge to the last thing it caused?
import type { Span } from 'offshoot/telemetry';
import { EXIT } from './exit-code.ts';
import { operator } from './operator.ts';
import { HOST_OPTIONS, verb } from './verb.ts';

const USAGE = `usage: offshoot trace ID [options]
  ID          a trace id (32 hex digits), or the correlation id of a whole business process
  --data DIR  the host's data folder (default: OFFSHOOT_DATA, or .offshoot)
  --json      the spans as one line`;

const BAR = 30;
const NAME = 46;

/** A waterfall of the spans that the host still remembers. */
export default verb({
  usage: USAGE,
  options: HOST_OPTIONS,
  words: { min: 1 },
  async run({ values, words: [id] }) {
    const ask = operator(values.data);
    const { spans, dropped } = (await ask('trace', { id })) as { spans: Span[]; dropped: number };
    if (values.json) console.log(JSON.stringify({ id, spans, dropped }));
    else for (const line of waterfall(spans)) console.log(line);
    if (spans.length > 0) return EXIT.ok;
    const gone = dropped > 0 ? `; ${dropped} older ones had to make room` : '';
    console.error(`offshoot: this host remembers no span of ${id}${gone}`);
    return EXIT.failed;
  },
});

/** One line a span, below what caused it, its time drawn to scale. */
export function waterfall(spans: readonly Span[]): string[] {
  const begin = Math.min(...spans.map(({ at }) => at));
  const whole = Math.max(1, ...spans.map(({ at, ms }) => at + ms - begin));
  const known = new Set(spans.map(({ traceparent }) => traceparent));
  const line = (span: Span, depth: number): string => {
    const from = Math.round(((span.at - begin) / whole) * BAR);
    const long = Math.max(1, Math.round((span.ms / whole) * BAR));
    const bar = `${' '.repeat(from)}${'━'.repeat(long)}`.slice(0, BAR).padEnd(BAR);
    const name = `${'  '.repeat(depth)}${span.name}`.slice(0, NAME).padEnd(NAME);
    const outcome = span.outcome === 'ok' ? '' : ` ${span.outcome}`;
    return `${name} ${bar} +${Math.round(span.at - begin)} ms, ${span.ms.toFixed(1)} ms${outcome}`;
  };
  const below = (parent: Span, depth: number): string[] =>
    spans
      .filter((span) => span.parent === parent.traceparent && span !== parent)
      .flatMap((span) => [line(span, depth), ...below(span, depth + 1)]);
  const roots = spans.filter(({ parent }) => !known.has(parent));
  return roots.flatMap((root) => [line(root, 0), ...below(root, 1)]);
}
