// Does the check see SQL ATTACH in every spelling, and leave English alone?
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the planted code is text

import { oneFileEach, testCases } from './planted-tree.ts';

const found = oneFileEach('packages/offshoot/src/store/sqlite', {
  'finds a text': `db.exec("ATTACH DATABASE 'a.db' AS a"); // <-`,
  'finds a text without DATABASE': `db.exec("ATTACH 'a.db' AS a"); // <-`,
  'finds lower case': `db.exec("attach database 'a.db' as a"); // <-`,
  'finds mixed case': `db.exec("aTTach 'a b.db' aS a"); // <-`,
  'finds tabs and new lines': "db.exec(`/* <- */\n  ATTACH\n\tDATABASE 'a.db'\n AS a`);",
  'finds no spaces at all': `db.exec("ATTACH'a.db'AS\\"a\\""); // <-`,
  'finds comments between': "db.exec(`ATTACH/* x */DATABASE -- <-\n 'a.db' AS a`);",
  'finds a template with an expression': 'db.exec(`ATTACH ${path} AS ${name}`); // <-',
  'finds a parameter': "db.prepare('ATTACH ? AS a'); // <-",
  'finds a statement after another': `db.exec("PRAGMA x; attach ':memory:' as b"); // <-`,
  'finds an expression as the file': `db.exec("attach printf('%s', ?) as b"); // <-`,
  'finds a sum of texts': "db.exec('ATT' + 'ACH DATABASE ' + path + ' AS a'); // <-",
  'finds a sum over several lines': "db.exec(\n  'attach ' + // <-\n    path +\n    ' as a',\n);",
  'finds a named beginning':
    "const verb = 'ATTACH'; // <-\ndb.exec(`${verb} DATABASE x AS y`); // <-",
  'finds a beginning alone': "db.exec(['attach ', path, ' AS a'].join('')); // <-",
  'finds a tagged template': "sql`ATTACH DATABASE 'a' AS b`; // <-",
  'finds an escaped letter': `db.exec("\\u0041TTACH DATABASE 'a' AS b"); // <-`,
});

const allowed = oneFileEach('packages/offshoot/src/store/memory', {
  'allows DETACH': "db.exec('DETACH DATABASE a');",
  'allows a sentence': "throw new Error('attach the invoice as soon as it is there');",
  'allows a message about it': "throw new Error('ATTACH is refused: it is not atomic');",
  'allows the word': "export const a = ['attach', 'attachments as files', 'attached database'];",
  'allows comments': '// ATTACH DATABASE x AS y\nexport const a = 1;',
  'allows a pattern that refuses it': 'export const a = /attach database/i;',
  'allows names': 'export const attach = (database: string) => ({ attach: database });',
});

testCases(
  'attach',
  {},
  {
    ...found,
    ...allowed,
    'watches the shop and the CLI': {
      'shop/scripts/x.ts': `db.exec("ATTACH 'a' AS b"); // <-`,
      'packages/cli/src/x.ts': `db.exec("ATTACH 'a' AS b"); // <-`,
    },
    'lets tests try it': { 'shop/services/a/x.test.ts': `db.exec("ATTACH 'a' AS b");` },
  },
);
