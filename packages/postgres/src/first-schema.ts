// Which tables does a store have?
import { SLOTS } from './index-slot.ts';

/**
 * Texts are compared by their bytes everywhere (`COLLATE "C"`): the order of ids must not depend on
 * where a server was installed. JSON is kept as text: what is read is what was written, byte for
 * byte, and NUL inside a string is no error. Tables whose rows change often leave room on their
 * pages, so that a change of what no index has stays on its page.
 */
export const FIRST_SCHEMA = `
  CREATE TABLE meta (name text PRIMARY KEY, value text NOT NULL);
  CREATE TABLE epochs (epoch int PRIMARY KEY, forked_at bigint NOT NULL);
  INSERT INTO epochs VALUES (1, 0);
  CREATE TABLE log (
    seq bigint PRIMARY KEY, epoch int NOT NULL, format smallint NOT NULL, unit uuid NOT NULL,
    stream text COLLATE "C" NOT NULL, version int NOT NULL, id uuid NOT NULL,
    type text COLLATE "C" NOT NULL, schema int NOT NULL, at bigint NOT NULL,
    key text COLLATE "C" NOT NULL, correlation text COLLATE "C" NOT NULL,
    causation text COLLATE "C" NOT NULL, actor text COLLATE "C" NOT NULL,
    tenant text COLLATE "C" NOT NULL, subject text COLLATE "C", public boolean NOT NULL,
    previous_epoch int, previous_seq bigint, data text NOT NULL, meta text NOT NULL,
    sum bigint NOT NULL
  );
  CREATE UNIQUE INDEX log_stream ON log (stream, version);
  CREATE TABLE heads (key text COLLATE "C" PRIMARY KEY, epoch int NOT NULL, seq bigint NOT NULL)
    WITH (fillfactor = 80);
  CREATE TABLE documents (
    collection text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, revision bigint NOT NULL,
    data text NOT NULL, ends double precision,
    ${SLOTS.map((slot) => `k${slot} text COLLATE "C"`).join(', ')},
    PRIMARY KEY (collection, id)
  ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
  CREATE INDEX documents_ends ON documents (collection, ends, id) WHERE ends IS NOT NULL;
  ${SLOTS.map((slot) => `CREATE INDEX documents_k${slot} ON documents (collection, k${slot}, id) WHERE k${slot} IS NOT NULL;`).join('\n  ')}
  CREATE TABLE fields (
    collection text COLLATE "C" NOT NULL, field text COLLATE "C" NOT NULL, slot int NOT NULL,
    PRIMARY KEY (collection, field), UNIQUE (collection, slot)
  );
  CREATE TABLE groups (id uuid PRIMARY KEY, head bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX groups_at ON groups (at);
  CREATE TABLE offshoot_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    type text NOT NULL, key text NOT NULL, data text NOT NULL, schema int NOT NULL DEFAULT 1,
    correlation text, at timestamptz NOT NULL DEFAULT clock_timestamp()
  ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
  CREATE FUNCTION outbox_call_1() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_notify(TG_ARGV[0], 'outbox');
    RETURN NULL;
  END $$;`;
