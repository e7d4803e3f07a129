// What does the database do with a group of units, in one round trip?
import { columnNames, GROUP_LISTS, type GroupList, rowType } from './group-rows.ts';
import { SLOTS } from './index-slot.ts';

const K = SLOTS.map((slot) => `k${slot}`).join(', ');
const from = (prefix: string) => SLOTS.map((slot) => `${prefix}.k${slot}`).join(', ');
const set = (prefix: string) => SLOTS.map((slot) => `k${slot} = ${prefix}.k${slot}`).join(', ');

/** The same page of documents as a unit has read, as one text. */
const seen = (slot: number, newestFirst: boolean): string => `
  (SELECT string_agg(p.id || ':' || p.revision || ':' || p.stamp, ' ' ORDER BY p.id) FROM (
    SELECT d.id, d.revision, d.xmin::text AS stamp FROM documents d
    WHERE d.collection = u.coll AND d.k${slot} = u.val AND d.id ${newestFirst ? '<' : '>'} u.after
    ORDER BY d.id ${newestFirst ? 'DESC' : ''} LIMIT u.lim) p)`;

const SEEN = SLOTS.flatMap((slot) => [
  `WHEN ${slot} THEN ${seen(slot, false)}`,
  `WHEN ${-slot} THEN ${seen(slot, true)}`,
]).join('\n');

const parameter = (list: GroupList) => `p_${list}`;
const rows = (list: GroupList) =>
  `unnest(${parameter(list)}) WITH ORDINALITY AS u(${columnNames(list).join(', ')}, n)`;

const PARAMETERS = [
  'p_group uuid',
  'p_epoch int',
  'p_fields int',
  'p_outbox bigint[]',
  ...GROUP_LISTS.map((list) => `${parameter(list)} ${rowType(list)}[]`),
];

/** How many parameters it has: group id, epoch, number of known fields, then the lists. */
export const COMMIT_PARAMETERS = PARAMETERS.length;

/** The call, for a schema whose name is quoted. */
export const commitCall = (schema: string): string => {
  const own = GROUP_LISTS.map((list) => `${schema}.${rowType(list)}[]`);
  const types = ['uuid', 'int', 'int', 'bigint[]', ...own];
  return `SELECT ${schema}.commit_group_3(${types.map((type, n) => `$${n + 1}::${type}`).join(', ')})`;
};

const some = (list: GroupList, then: string): string => `
  IF cardinality(${parameter(list)}) > 0 THEN ${then}
  END IF;`;

const bad = (kind: string, from: string, condition: string): string => `
    SELECT array_agg(u.n) INTO bad FROM ${from} WHERE ${condition};
    IF bad IS NOT NULL THEN failed := failed || jsonb_build_object('${kind}', bad); END IF;`;

const CHECKS = `
  ${some(
    'fence',
    `
    PERFORM 1 FROM unnest(p_fence) u(name, fence) JOIN documents d
      ON d.collection = 'offshoot.leases' AND d.id = u.name FOR SHARE OF d;
    ${bad('f', `${rows('fence')} LEFT JOIN documents d ON d.collection = 'offshoot.leases' AND d.id = u.name`, "d.data IS NULL OR (d.data::json ->> 'fence')::bigint <> u.fence")}`,
  )}
  ${some('check', bad('c', `${rows('check')} LEFT JOIN documents d ON d.collection = u.coll AND d.id = u.id`, 'coalesce(d.revision, 0) <> u.rev OR d.xmin::text <> u.stamp'))}
  ${some('version', bad('s', rows('version'), 'coalesce((SELECT max(g.version) FROM log g WHERE g.stream = u.name), 0) <> u.ver'))}
  ${some('page', bad('q', rows('page'), `coalesce(CASE u.slot ${SEEN} END, '') <> u.seen`))}
  IF cardinality(p_outbox) > 0 THEN
    ${bad('o', 'unnest(p_outbox) WITH ORDINALITY AS u(id, n) LEFT JOIN offshoot_outbox b ON b.id = u.id', 'b.id IS NULL')}
  END IF;`;

const DOCUMENTS = `
  ${some(
    'removed',
    `
    DELETE FROM documents d USING unnest(p_removed) u(coll, id)
    WHERE d.collection = u.coll AND d.id = u.id;`,
  )}
  ${some(
    'fresh',
    `
    INSERT INTO documents (collection, id, revision, data, ends, ${K})
    SELECT u.coll, u.id, u.rev, u.data, u.ends, ${from('u')} FROM ${rows('fresh')};`,
  )}
  ${some(
    'changed',
    `
    UPDATE documents d SET revision = u.rev, data = u.data, ends = u.ends, ${set('u')}
    FROM ${rows('changed')} WHERE d.collection = u.coll AND d.id = u.id;`,
  )}
  ${some(
    'written',
    `
    INSERT INTO documents AS d (collection, id, revision, data, ends, ${K})
    SELECT u.coll, u.id, CASE WHEN u.rev > 0 THEN u.rev ELSE coalesce(o.revision, 0) - u.rev END,
      u.data, u.ends, ${from('u')}
    FROM ${rows('written')}
    LEFT JOIN documents o ON u.rev < 0 AND o.collection = u.coll AND o.id = u.id
    ON CONFLICT (collection, id) DO UPDATE SET revision = excluded.revision, data = excluded.data,
      ends = excluded.ends, ${set('excluded')};`,
  )}`;

/** OFFSET 0 keeps the version from being looked up twice, for itself and for the sum. */
const INSERTED = `INSERT INTO log
    SELECT head + e.n, p_epoch, 1, e.unit, e.stream, e.version, e.id, e.type, e.schema, e.at, e.key,
      e.corr, e.caus, e.actor, e.tenant, e.subject, e.prev IS NOT NULL, e.pe, e.ps, e.data, e.meta,
      e.sum # (((head + e.n) * 31 + e.version * 131 + p_epoch * 8191
        + coalesce(e.pe, 0) * 524287 + coalesce(e.ps, 0) * 127) % 4294967296)
    FROM (
      SELECT u.*, coalesce(u.base, (SELECT max(g.version) FROM log g WHERE g.stream = u.stream), 0)::bigint
          + u.nth AS version,
        CASE WHEN u.prev > 0 THEN p_epoch::bigint ELSE h.epoch END AS pe,
        CASE WHEN u.prev > 0 THEN head + u.prev ELSE h.seq END AS ps
      FROM ${rows('entry')}
      LEFT JOIN LATERAL (SELECT epoch, seq FROM heads WHERE u.prev = 0 AND key = u.key) h ON true
      OFFSET 0
    ) e`;

/** Of the public ones, in their order, what only the database knew: ` version:epoch:seq` of the one before. */
const INSERTED_AND_TOLD = `WITH written AS (${INSERTED}
      RETURNING seq, public, version, previous_epoch, previous_seq)
    SELECT string_agg(format(' %s:%s:%s', version, previous_epoch, previous_seq), '' ORDER BY seq)
      INTO places FROM written WHERE public`;

const entries = (insert: string): string =>
  some(
    'entry',
    `
    ${insert};
    INSERT INTO heads AS h (key, epoch, seq)
    SELECT u.key, p_epoch, head + u.nth FROM ${rows('head')}
    ON CONFLICT (key) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq;`,
  );

/**
 * Commits of one store come one after the other: the first statement takes the store's lock, and
 * the next ones see everything that was committed before. So the checks hold until the commit, and
 * positions, counted from the last entry, are dense and in commit order, without a row that every
 * group would have to change. Returns the log's head before the group, the transaction, and (from 3
 * on) the places of the public entries; or, with nothing written, which of the checks failed as JSON.
 *
 * It is a function with a number, because two releases may use one store: a new release adds a
 * function and leaves those of the release before.
 */
export const commitFunction = (lock: string, number: 2 | 3 = 3): string => `
CREATE FUNCTION commit_group_${number}(${PARAMETERS.join(', ')}) RETURNS text LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
DECLARE
  head bigint;
  bad bigint[];
  failed jsonb := '{}';
  places text;
BEGIN
  PERFORM pg_advisory_xact_lock(${lock});
  IF p_epoch <> (SELECT max(epoch) FROM epochs) THEN RETURN '{"epoch":true}'; END IF;
  IF p_fields <> (SELECT count(*) FROM fields) THEN RETURN '{"fields":true}'; END IF;
  ${CHECKS}
  IF failed <> '{}' THEN RETURN failed::text; END IF;
  SELECT coalesce(max(seq), 0) INTO head FROM log;
  INSERT INTO groups (id, head) VALUES (p_group, head);
  IF cardinality(p_outbox) > 0 THEN DELETE FROM offshoot_outbox WHERE id = ANY(p_outbox); END IF;
  ${DOCUMENTS}
  ${entries(number === 2 ? INSERTED : INSERTED_AND_TOLD)}
  RETURN head || ' ' || pg_current_xact_id()::xid || coalesce(places, '');
END $fn$;`;
