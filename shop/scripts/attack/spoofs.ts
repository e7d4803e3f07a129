// In how many ways can a header that says who asks be written?
import type { Chance } from '../fuzz/chance.ts';
import type { Attack } from './corpus.ts';
import { CANARY, OPEN_PATH } from './lane.ts';

/** What services are known to believe, by the words of the name. */
const NAMES = [
  ...[
    'x user id',
    'x user',
    'x user email',
    'x user roles',
    'x roles',
    'x groups',
    'x permissions',
  ],
  ...['x tenant', 'x tenant id', 'x account id', 'x service', 'x service token', 'x internal'],
  ...['x admin', 'x authenticated user', 'x authenticated userid', 'x auth request user'],
  ...['x remote user', 'remote user', 'x forwarded user', 'x forwarded email', 'x forwarded for'],
  ...['x forwarded host', 'x forwarded client cert', 'x forwarded proto', 'x real ip', 'forwarded'],
  ...['true client ip', 'x client ip', 'cf connecting ip', 'x ssl client s dn', 'ssl client cert'],
  ...['x consumer username', 'x credential username', 'x jwt payload', 'x original url'],
  ...['x rewrite url', 'x http method override', 'baggage', 'offshoot principal'],
  ...['offshoot attempt', 'offshoot criticality', 'offshoot deadline ms', 'offshoot after'],
  ...['offshoot reply', 'traceparent', 'tracestate', 'b3', 'x b3 traceid', 'grpc metadata user'],
];
const JOINTS = ['-', '-', '-', '_', '--', '-_', '.', '', '~', '-.'];
const CASES: readonly ((word: string, index: number) => string)[] = [
  (word) => word,
  (word) => word.toUpperCase(),
  (word) => word.slice(0, 1).toUpperCase() + word.slice(1),
  (word, index) => (index % 2 === 0 ? word : word.toUpperCase()),
];
const BEFORE = ['', '', '', '', ' ', '\t', '\u0000', '\u00ef\u00bb\u00bf', 'X-', 'http-', 'proxy-'];
const AFTER = ['', '', '', '', '', ' ', '\t', '\u0000', '\u00a0', '-', '_', ':'];
const VALUES = [
  CANARY,
  ` ${CANARY} `,
  `a, ${CANARY}`,
  `"${CANARY}"`,
  `${CANARY}\t`,
  `id=${CANARY};x`,
];

type Place = (line: string, name: string) => string;

const head = (lines: string) => `GET ${OPEN_PATH} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;
const post = `POST ${OPEN_PATH} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;

const PLACES: readonly Place[] = [
  (line) => head(`${line}\r\n`),
  (line) => head(`${line}\r\n`),
  (line) => head(`${line}\r\n${line}\r\n`),
  (line, name) => head(`${name}: \r\n${line}\r\n`),
  (line, name) => head(`Connection: ${name}\r\n${line}\r\n`),
  (line, name) => head(`Connection: close, ${name}\r\n${line}\r\n`),
  (line) => `GET ${OPEN_PATH} HTTP/1.1\r\n${line}\r\nHost: a\r\n\r\n`,
  (line) => head(`X-A: b\r\n ${line}\r\n`),
  (line) => head(`X-A: b\r${line}\r\n`),
  (line) => head(`X-A: b\n${line}\r\n`),
  (line) => `${post}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n${line}\r\n\r\n`,
  (line, name) =>
    `${post}Trailer: ${name}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n${line}\r\n\r\n`,
];

/** So many different ones; the same chance makes the same. */
export function* spoofs(chance: Chance, count: number): Generator<Attack> {
  const { pick } = chance;
  const seen = new Set<string>();
  while (seen.size < count) {
    const cased = pick(CASES);
    const plain = pick(NAMES).split(' ').map(cased).join(pick(JOINTS));
    const name = `${pick(BEFORE)}${plain}${pick(AFTER)}`;
    const bytes = pick(PLACES)(`${name}:${pick(['', ' ', '\t'])}${pick(VALUES)}`, plain);
    if (seen.has(bytes)) continue;
    seen.add(bytes);
    const about = { class: 'spoofed headers', must: 'either', reaches: 0 } as const;
    yield { ...about, isOfContent: false, tries: name, bytes };
  }
}
