// How does a process run the build after this one, whose stores have one more migration?
// Use: node --import ./next-build.ts program.ts. The next build is this tree, read through a hook.
import { registerHooks } from 'node:module';

const ROOT = new URL('../../../packages/', import.meta.url);

/** Exactly one place of a source, or the build that is meant is not the one that is made. */
function changed(source: string, place: RegExp, change: (found: string) => string): string {
  const places = source.match(new RegExp(place, 'g')) ?? [];
  if (places.length !== 1) throw new Error(`${place} is in the source ${places.length} times`);
  return source.replace(place, change);
}

const counted = (text: string) => text.replace(/\d+/, (number) => String(Number(number) + 1));

/** By file: what the next build has there. */
const CHANGES: Readonly<Record<string, (source: string) => string>> = {
  // PostgreSQL: a table, and the function that commits under the next number.
  'postgres/src/migrations.ts': (source) =>
    `${changed(source, /export const MIGRATIONS\b/, () => 'const BEFORE')}
     const LAST = BEFORE.at(-1)!;
     const again = (sql: string) =>
       sql.replace(/commit_group_(\\d+)/g, (_, n) => 'commit_group_' + (Number(n) + 1));
     export const MIGRATIONS: readonly Migration[] = [...BEFORE, {
       number: LAST.number + 1, what: 'the next build', oldest: LAST.oldest,
       sql: ({ lock }) => 'CREATE TABLE next_build (id int); ' + again(commitFunction(lock)),
     }];`,
  'postgres/src/commit-function.ts': (source) => changed(source, /\.commit_group_\d+\(/, counted),
  // SQLite: an index more, after which the build before refuses the file.
  'offshoot/src/store/sqlite/schema.ts': (source) =>
    changed(
      changed(source, /SCHEMA_VERSION = \d+/, counted),
      /function migrate\(database: Database\): void \{/,
      (head) => `${head}
        if (pragma(database, 'user_version') === SCHEMA_VERSION - 1)
          database.exec('CREATE INDEX log_at ON log (at); PRAGMA user_version = ' + SCHEMA_VERSION);`,
    ),
};

const byUrl = new Map(
  Object.entries(CHANGES).map(([file, change]) => [new URL(file, ROOT).href, change]),
);

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    const change = byUrl.get(url);
    return change ? { ...loaded, source: change(String(loaded.source)) } : loaded;
  },
});
