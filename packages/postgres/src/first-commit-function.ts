// What did the first releases call for a group of units? They may still be at work beside this one.
import { SLOTS } from './index-slot.ts';

const K = SLOTS.map((slot) => `k${slot}`);

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

/**
 * The lists that make up a group, in the order of the function's parameters. c: documents that must
 * have a revision (0 = none), written by the transaction c_stamp if that is known: a document that
 * was removed and made again has revisions that it had before. s: streams and their versions. f: leases and their fences. q: pages
 * that must still be as they were read (a negative slot reads backwards). o: rows of the outbox. x:
 * documents to remove. d: documents to write; a revision below 0 counts from what is there. l:
 * entries; \`l_base\` is their stream's version before the group, or null; \`l_nth\` counts in the
 * group; \`l_prev\` is null for a private entry, else the place in the group of the one before of
 * its key, or 0. h: the last public entry of each key.
 */
const LISTS: readonly (readonly [string, string])[] = [
  ...(['c_coll text', 'c_id text', 'c_rev bigint', 'c_stamp text'] as const),
  ...(['s_name text', 's_ver int'] as const),
  ...(['f_name text', 'f_fence bigint', 'q_coll text', 'q_slot int', 'q_val text'] as const),
  ...([
    'q_after text',
    'q_lim int',
    'q_seen text',
    'o_id bigint',
    'x_coll text',
    'x_id text',
  ] as const),
  ...(['d_coll text', 'd_id text', 'd_rev bigint', 'd_data text', 'd_ends float8'] as const),
  ...K.map((name) => `d_${name} text`),
  ...([
    'l_unit uuid',
    'l_stream text',
    'l_base int',
    'l_nth int',
    'l_id uuid',
    'l_type text',
  ] as const),
  ...(['l_schema int', 'l_at bigint', 'l_key text', 'l_corr text', 'l_caus text'] as const),
  ...(['l_actor text', 'l_tenant text', 'l_subject text', 'l_prev int', 'l_data text'] as const),
  ...(['l_meta text', 'l_sum bigint', 'h_key text', 'h_n int'] as const),
].map((text) => text.split(' ') as [string, string]);

const list = (prefix: string) =>
  LISTS.filter(([name]) => name.startsWith(`${prefix}_`)).map(([name]) => name);
const unnested = (prefix: string) => `unnest(${list(prefix).join(', ')}) WITH ORDINALITY`;

const PARAMETERS = [
  'p_group uuid',
  'p_epoch int',
  'p_fields int',
  ...LISTS.map(([name, type]) => `${name} ${type}[]`),
];

const bad = (kind: string, from: string, condition: string): string => `
    SELECT array_agg(u.n) INTO bad FROM ${from} WHERE ${condition};
    IF bad IS NOT NULL THEN failed := failed || jsonb_build_object('${kind}', bad); END IF;`;

/** Says the same as `commit_group_2`, with a list for each column. */
export const firstCommitFunction = (lock: string): string => `
CREATE FUNCTION commit_group_1(${PARAMETERS.join(', ')}) RETURNS text LANGUAGE plpgsql AS $fn$
#variable_conflict use_column
DECLARE
  head bigint;
  bad bigint[];
  failed jsonb := '{}';
BEGIN
  PERFORM pg_advisory_xact_lock(${lock});
  IF p_epoch <> (SELECT max(epoch) FROM epochs) THEN RETURN '{"epoch":true}'; END IF;
  IF p_fields <> (SELECT count(*) FROM fields) THEN RETURN '{"fields":true}'; END IF;
  IF cardinality(f_name) > 0 THEN
    PERFORM 1 FROM documents WHERE collection = 'offshoot.leases' AND id = ANY(f_name) FOR SHARE;
    ${bad('f', `${unnested('f')} u(name, fence, n) LEFT JOIN documents d ON d.collection = 'offshoot.leases' AND d.id = u.name`, "d.data IS NULL OR (d.data::json ->> 'fence')::bigint <> u.fence")}
  END IF;
  IF cardinality(c_id) > 0 THEN
    ${bad('c', `${unnested('c')} u(coll, id, rev, stamp, n) LEFT JOIN documents d ON d.collection = u.coll AND d.id = u.id`, 'coalesce(d.revision, 0) <> u.rev OR d.xmin::text <> u.stamp')}
  END IF;
  IF cardinality(s_name) > 0 THEN
    ${bad('s', `${unnested('s')} u(name, ver, n)`, 'coalesce((SELECT max(g.version) FROM log g WHERE g.stream = u.name), 0) <> u.ver')}
  END IF;
  IF cardinality(q_coll) > 0 THEN
    ${bad('q', `${unnested('q')} u(coll, slot, val, after, lim, seen, n)`, `coalesce(CASE u.slot ${SEEN} END, '') <> u.seen`)}
  END IF;
  IF cardinality(o_id) > 0 THEN
    ${bad('o', `${unnested('o')} u(id, n) LEFT JOIN offshoot_outbox b ON b.id = u.id`, 'b.id IS NULL')}
  END IF;
  IF failed <> '{}' THEN RETURN failed::text; END IF;
  SELECT coalesce(max(seq), 0) INTO head FROM log;
  INSERT INTO groups (id, head) VALUES (p_group, head);
  IF cardinality(o_id) > 0 THEN DELETE FROM offshoot_outbox WHERE id = ANY(o_id); END IF;
  IF cardinality(x_id) > 0 THEN
    DELETE FROM documents d USING ${unnested('x')} u(coll, id, n)
    WHERE d.collection = u.coll AND d.id = u.id;
  END IF;
  IF cardinality(d_id) > 0 THEN
    INSERT INTO documents AS d (collection, id, revision, data, ends, ${K.join(', ')})
    SELECT u.coll, u.id, CASE WHEN u.rev > 0 THEN u.rev ELSE coalesce(o.revision, 0) - u.rev END,
      u.data, u.ends, ${K.map((name) => `u.${name}`).join(', ')}
    FROM ${unnested('d')} u(coll, id, rev, data, ends, ${K.join(', ')}, n)
    LEFT JOIN documents o ON u.rev < 0 AND o.collection = u.coll AND o.id = u.id
    ON CONFLICT (collection, id) DO UPDATE SET revision = excluded.revision, data = excluded.data,
      ends = excluded.ends, ${K.map((name) => `${name} = excluded.${name}`).join(', ')};
  END IF;
  IF cardinality(l_id) > 0 THEN
    INSERT INTO log
    SELECT head + e.n, p_epoch, 1, e.unit, e.stream, e.version, e.id, e.type, e.schema, e.at, e.key,
      e.corr, e.caus, e.actor, e.tenant, e.subject, e.prev IS NOT NULL, e.pe, e.ps, e.data, e.meta,
      e.sum # (((head + e.n) * 31 + e.version * 131 + p_epoch * 8191
        + coalesce(e.pe, 0) * 524287 + coalesce(e.ps, 0) * 127) % 4294967296)
    FROM (
      SELECT u.*, coalesce(u.base, (SELECT max(g.version) FROM log g WHERE g.stream = u.stream), 0)::bigint
          + u.nth AS version,
        CASE WHEN u.prev > 0 THEN p_epoch::bigint ELSE h.epoch END AS pe,
        CASE WHEN u.prev > 0 THEN head + u.prev ELSE h.seq END AS ps
      FROM ${unnested('l')}
        u(unit, stream, base, nth, id, type, schema, at, key, corr, caus, actor, tenant, subject, prev, data, meta, sum, n)
      LEFT JOIN heads h ON u.prev = 0 AND h.key = u.key
    ) e;
    INSERT INTO heads AS h (key, epoch, seq)
    SELECT u.key, p_epoch, head + u.nth FROM ${unnested('h')} u(key, nth, n)
    ON CONFLICT (key) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq;
  END IF;
  RETURN head || ' ' || pg_current_xact_id()::xid;
END $fn$;

CREATE FUNCTION resolve_group_1(p_group uuid) RETURNS text LANGUAGE plpgsql AS $fn$
BEGIN
  PERFORM pg_advisory_xact_lock(${lock});
  INSERT INTO groups (id, head) VALUES (p_group, -1) ON CONFLICT DO NOTHING;
  RETURN (SELECT g.head || ' ' || g.xmin FROM groups g WHERE g.id = p_group);
END $fn$;`;
