// Does any SQL attach a second database file to a connection?

import { approximateString, UNKNOWN_TEXT } from './constant-string.ts';
import type { Check, Finding } from './finding.ts';
import { names, type Place } from './names.ts';
import { isTest, type Source } from './source.ts';
import type { Tree } from './tree.ts';

/**
 * Finds SQL ATTACH in string and template literals, also in sums of them: a commit over attached
 * files is not atomic in WAL mode, so nothing may be built on it.
 */
export const attach: Check = { name: 'attach', run: (tree) => products(tree).flatMap(attachesIn) };

function products(tree: Tree): Source[] {
  return tree.sources.filter(({ file }) => !isTest(file) && /^(packages|shop)\//.test(file));
}

function attachesIn(source: Source): Finding[] {
  return names(source.program)
    .places.filter(isWholeText)
    .filter(({ node, scope }) => isAttach(approximateString(node, scope)))
    .map(({ node }) => ({
      file: source.file,
      line: source.lineOf(node),
      what: 'attaches a database',
      next: 'open each database by itself and let the log carry what they share',
    }));
}

/** The parts of a sum are judged as one text, at its first line. */
function isWholeText({ node, parent }: Place): boolean {
  if (parent?.type === 'BinaryExpression' && parent.operator === '+') return false;
  if (node.type === 'BinaryExpression') return node.operator === '+';
  return node.type === 'TemplateLiteral' || node.type === 'Literal';
}

const QUOTED = String.raw`(?:'[^']*'|"[^"]*"|\[[^\]]*\])`;
const NAME = String.raw`["'\[]?[\w${UNKNOWN_TEXT}]+["'\]]?`;

/** A sentence such as "attach the invoice to the e-mail" fits none of them. */
const SHAPES = [
  /\battach\s+database\b/i,
  // ATTACH 'stock.db' AS stock, the file being one word, one quoted text or one parameter.
  new RegExp(String.raw`\battach(?:\s*${QUOTED}|\s+[^\s;'"]+)\s*\bas(?=[\s"'\[])`, 'i'),
  // A statement whose file is an expression: ATTACH 'a' || :name AS stock.
  new RegExp(
    String.raw`(?:^|;)\s*attach\b[^;]*['"(?$:@|${UNKNOWN_TEXT}][^;]*\bas\s*${NAME}\s*(?:;|$)`,
    'i',
  ),
  // The beginning of a statement that is put together elsewhere.
  new RegExp(String.raw`(?:^|;)\s*attach\s+${UNKNOWN_TEXT}?\s*$`, 'i'),
  /^ATTACH$/,
];

function isAttach(text: string): boolean {
  if (!/attach/i.test(text)) return false;
  const sql = text.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/--[^\n]*/g, ' ');
  return SHAPES.some((shape) => shape.test(sql));
}
