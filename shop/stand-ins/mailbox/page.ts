// What does a person see who reads the mail? One page, made here, with nothing from elsewhere.
import { createHash } from 'node:crypto';
import type { Kept } from './spool.ts';

export interface Page {
  /** Newest first. */
  readonly messages: readonly Kept[];
  readonly count: number;
  /** Where the next page begins; undefined on the last one. */
  readonly older: number | undefined;
  readonly isNewest: boolean;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2024; --dim: #60646c; --paper: #f6f5f2;
  --card: #ffffff; --line: #dcdad4; --mark: #0b6e60; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --dim: #a3a9b1; --paper: #131517;
  --card: #1c1f22; --line: #33383d; --mark: #5bd1bd; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", sans-serif; }
header, main, nav { max-width: 46rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 2.5rem; padding-bottom: 1rem; }
h1 { margin: 0; font-size: 1.6rem; letter-spacing: -.02em; }
header p, .none { margin: .25rem 0 0; color: var(--dim); }
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: .6rem; }
details { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; }
summary { padding: .8rem 1rem; cursor: pointer; border-radius: .7rem; display: grid;
  grid-template-columns: 1fr auto; gap: .1rem 1rem; }
summary::-webkit-details-marker { display: none; }
summary strong { overflow-wrap: anywhere; }
summary span, summary time, dl { color: var(--dim); font-size: .875rem; overflow-wrap: anywhere; }
details[open] summary strong { color: var(--mark); }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
dl { margin: 0; padding: .7rem 1rem 0; border-top: 1px solid var(--line); display: grid;
  grid-template-columns: auto 1fr; gap: 0 .8rem; }
dd { margin: 0; }
pre { margin: 0; padding: .8rem 1rem 1rem; font: inherit; white-space: pre-wrap;
  overflow-wrap: anywhere; }
nav { display: flex; gap: 1rem; padding-top: 1.2rem; padding-bottom: 3rem; }
a { color: var(--mark); padding: .4rem 0; }
@media (max-width: 32rem) { summary { grid-template-columns: 1fr; } }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Nothing runs, nothing is loaded, nobody frames it; only its own style applies. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** The page as HTML. Every text of a message is escaped. */
export function page({ messages, count, older, isNewest }: Page): string {
  const list = messages.length
    ? `<ol>${messages.map(item).join('')}</ol>`
    : '<p class="none">No mail yet. Order something, and it will be here.</p>';
  const links = [
    isNewest ? '' : '<a href="/">Newest</a>',
    older === undefined ? '' : `<a href="/?before=${older}" rel="next">Older</a>`,
  ].join('');
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mailbox (${count})</title><style>${STYLE}</style></head>
<body>
<header><h1>Mailbox</h1><p>${count} ${count === 1 ? 'message' : 'messages'}, newest first. Reload for new mail.</p></header>
<main>${list}</main>
${links ? `<nav aria-label="Pages">${links}</nav>` : ''}
</body>
</html>
`;
}

function item({ from, to, subject, text, at, messageId }: Kept): string {
  const when = `<time datetime="${escaped(at)}">${escaped(at.slice(0, 19).replace('T', ' '))} UTC</time>`;
  const facts = [
    ['From', from],
    ['To', to],
    ['Message-ID', messageId],
  ].map(([name = '', value = '']) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`);
  return `<li><details><summary><strong>${escaped(subject || '(no subject)')}</strong>${when}<span>to ${escaped(to)}</span></summary><dl>${facts.join('')}</dl><pre>${escaped(text)}</pre></details></li>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
