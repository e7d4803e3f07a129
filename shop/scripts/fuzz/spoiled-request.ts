// In which ways is a request made wrong, whatever it says? Several may meet in one.
import { BROKEN_BODIES } from '../../bad-input/spoiled.ts';
import type { Chance } from './chance.ts';
import { JUNK_HEADERS, JUNK_QUERIES, ODD_PATHS } from './junk.ts';
import type { Draft } from './request.ts';

export interface DraftSpoiling {
  readonly name: string;
  readonly weight: number;
  fits(draft: Draft): boolean;
  spoil(draft: Draft, chance: Chance): void;
}

const BODY_BYTES_MAX = 1_048_576;
const HEADER_BYTES_MAX = 16_384;

const hasBody = ({ body }: Draft) => body !== undefined;
const takesBody = ({ operation }: Draft) => operation.sendsBody;
const takes = (name: string) => (draft: Draft) => draft.operation.headers.has(name);
const always = () => true;

const without = (draft: Draft, name: string) => {
  delete draft.headers[name];
};

export const DRAFT_SPOILINGS: readonly DraftSpoiling[] = [
  {
    name: 'a broken body',
    weight: 4,
    fits: takesBody,
    spoil(draft, chance) {
      draft.headers['content-type'] = 'application/json';
      draft.body = chance.pick(BROKEN_BODIES).body;
    },
  },
  {
    name: 'a body cut short',
    weight: 2,
    fits: hasBody,
    spoil(draft, chance) {
      const text = String(draft.body);
      draft.body = text.slice(0, chance.below(text.length));
    },
  },
  {
    name: 'a byte that is no UTF-8',
    weight: 2,
    fits: hasBody,
    spoil(draft, chance) {
      const bytes = Buffer.from(String(draft.body));
      if (bytes.length > 0) bytes[chance.below(bytes.length)] = 0xff;
      draft.body = bytes;
    },
  },
  {
    name: 'a key twice',
    weight: 2,
    fits: hasBody,
    spoil(draft) {
      const text = String(draft.body);
      draft.body = text.replace(/^\{("[^"]+":)/, '{$1"first",$1');
    },
  },
  {
    name: 'a body too large',
    weight: 0.3,
    fits: takesBody,
    spoil(draft) {
      draft.headers['content-type'] = 'application/json';
      draft.body = `{"a":"${'x'.repeat(BODY_BYTES_MAX)}"}`;
    },
  },
  {
    name: 'another media type',
    weight: 2,
    fits: hasBody,
    spoil(draft, chance) {
      const types = ['text/plain', 'application/xml', 'application/json; charset=utf-16', 'x'];
      draft.headers['content-type'] = chance.pick(types);
    },
  },
  {
    name: 'no media type',
    weight: 1,
    fits: hasBody,
    spoil: (draft) => without(draft, 'content-type'),
  },
  {
    name: 'a coding',
    weight: 1,
    fits: hasBody,
    spoil: (draft) => {
      draft.headers['content-encoding'] = 'gzip';
    },
  },
  {
    name: 'a body nobody reads',
    weight: 1,
    fits: (draft) => !takesBody(draft),
    spoil: (draft) => {
      draft.body = '{"a":';
    },
  },
  {
    name: 'an Idempotency-Key that is none',
    weight: 2,
    fits: takes('idempotency-key'),
    spoil(draft, chance) {
      const keys = ['', 'a b', 'x'.repeat(300), '"unclosed', 'a,b', '\u00ff'];
      draft.headers['idempotency-key'] = chance.pick(keys);
    },
  },
  {
    name: 'the same Idempotency-Key as others',
    weight: 2,
    fits: takes('idempotency-key'),
    spoil(draft, chance) {
      draft.headers['idempotency-key'] = `shared-${chance.below(8)}-q`;
    },
  },
  {
    name: 'no Idempotency-Key',
    weight: 1,
    fits: takes('idempotency-key'),
    spoil: (draft) => without(draft, 'idempotency-key'),
  },
  {
    name: 'another If-Match',
    weight: 10,
    fits: takes('if-match'),
    spoil(draft, chance) {
      draft.headers['if-match'] = chance.pick(['"1"', 'W/"1"', '"1", "2"', '', 'x', '"999999"']);
    },
  },
  {
    name: 'no If-Match',
    weight: 3,
    fits: takes('if-match'),
    spoil: (draft) => without(draft, 'if-match'),
  },
  {
    name: 'what one has already',
    weight: 2,
    fits: takes('if-none-match'),
    spoil(draft, chance) {
      draft.headers['if-none-match'] = chance.pick(['*', '"1"', 'W/"1", "2"', '"', '']);
    },
  },
  {
    name: 'a junk header',
    weight: 4,
    fits: always,
    spoil(draft, chance) {
      const [name, value] = chance.pick(JUNK_HEADERS);
      draft.headers[name] = value;
    },
  },
  {
    name: 'headers too large',
    weight: 0.3,
    // Who cannot read the headers cannot know that this client takes no body.
    fits: ({ method }) => method !== 'HEAD',
    spoil(draft) {
      draft.headers['x-junk'] = 'x'.repeat(HEADER_BYTES_MAX);
    },
  },
  {
    name: 'many headers',
    weight: 0.5,
    fits: always,
    spoil(draft) {
      for (let number = 0; number < 80; number += 1) draft.headers[`x-junk-${number}`] = 'x';
    },
  },
  {
    name: 'a junk query',
    weight: 3,
    fits: always,
    spoil(draft, chance) {
      const mark = draft.target.includes('?') ? '&' : '?';
      draft.target += `${mark}${chance.pick(JUNK_QUERIES)}`;
    },
  },
  {
    name: 'another method',
    weight: 1.5,
    // Nobody of the cast is erased by chance.
    fits: ({ target, who, headers }) =>
      !target.includes(who.userId ?? '/users/') && headers['x-junk'] === undefined,
    spoil(draft, chance) {
      draft.method = chance.pick(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PURGE']);
      draft.isOdd = true;
    },
  },
  {
    name: 'another path',
    weight: 1.5,
    fits: always,
    spoil(draft, chance) {
      const [path = '', query = ''] = draft.target.split('?');
      const bent = [`${path}/`, `${path}/x`, `${path}%`, path.toUpperCase(), `/x${path}`];
      draft.target = `${chance.pick([...bent, ...ODD_PATHS])}?${query}`;
      draft.isOdd = true;
    },
  },
  {
    name: 'no version in the path',
    weight: 1,
    fits: ({ target }) => target.startsWith('/api/v1/'),
    spoil: (draft) => {
      draft.target = draft.target.replace('/api/v1/', '/api/');
    },
  },
];
