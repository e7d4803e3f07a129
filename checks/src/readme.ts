// Does the README say how to begin, and do the documents' links lead anywhere?

import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Check, Finding } from './finding.ts';
import type { Tree } from './tree.ts';

/** Finds missing first commands, and relative links to files that are not there. */
export const readme: Check = {
  name: 'readme',
  run: (tree) => [
    ...missingCommands(tree),
    ...tree.files.filter((file) => file.endsWith('.md')).flatMap((file) => deadLinks(tree, file)),
  ],
};

const COMMANDS = ['npm ci && npm start', 'npm ci && npm test'];

function missingCommands(tree: Tree): Finding[] {
  const text = tree.has('README.md') ? tree.read('README.md') : '';
  return COMMANDS.filter((command) => !text.includes(command)).map((command) => ({
    file: 'README.md',
    line: 1,
    what: `does not say '${command}'`,
    next: 'show it where a newcomer looks first',
  }));
}

function deadLinks(tree: Tree, file: string): Finding[] {
  const lines = withoutCode(tree.read(file)).split('\n');
  return lines.flatMap((text, index) =>
    targetsIn(text)
      .filter((target) => !leadsSomewhere(tree, file, target))
      .map((target) => ({
        file,
        line: index + 1,
        what: `links to '${target}', which does not exist`,
        next: 'correct the link or write the page',
      })),
  );
}

/** Blanks fenced blocks and code spans, keeping the line count. */
function withoutCode(text: string): string {
  const blank = (code: string) => code.replace(/[^\n]/g, ' ');
  return text
    .replace(/^ {0,3}(```+|~~~+)[\s\S]*?^ {0,3}\1[`~]*[ \t]*$/gm, blank)
    .replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, blank);
}

/** Inline links and images, reference definitions, and the attributes of HTML. */
const LINKS = [
  /\]\(\s*<([^>]*)>/g,
  /\]\(\s*([^\s<>)]+(?:\([^\s)]*\))?[^\s)]*)/g,
  /^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)/g,
  /\b(?:href|src)=["']([^"']*)["']/g,
];

function targetsIn(line: string): string[] {
  return LINKS.flatMap((link) => [...line.matchAll(link)].map((match) => match[1] ?? ''));
}

function leadsSomewhere(tree: Tree, file: string, target: string): boolean {
  if (/^([a-z][a-z0-9+.-]*:|\/\/|#)/i.test(target)) return true;
  const path = decoded(target.replace(/[?#].*$/, ''));
  const base = path.startsWith('/') ? '.' : posix.dirname(file);
  const found = posix.normalize(posix.join(base, path)).replace(/\/$/, '');
  if (found.startsWith('..') || found.split('/').includes('node_modules')) return false;
  return existsSync(join(tree.root, found));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
