-- A store as schema 2 wrote it: two units, three entries, one document, and the lease of its writer.
PRAGMA application_id = 1330008904;
PRAGMA user_version = 2;
CREATE TABLE documents ( collection TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (collection, id) ) WITHOUT ROWID;
CREATE TABLE epochs (epoch INTEGER PRIMARY KEY, forked_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE heads (key TEXT PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE log ( seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, format INTEGER NOT NULL, unit TEXT NOT NULL, stream TEXT NOT NULL, version INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, schema INTEGER NOT NULL, at INTEGER NOT NULL, key TEXT NOT NULL, correlation TEXT NOT NULL, causation TEXT NOT NULL, actor TEXT NOT NULL, tenant TEXT NOT NULL, subject TEXT, public INTEGER NOT NULL, previous_epoch INTEGER, previous_seq INTEGER, data TEXT NOT NULL, meta TEXT NOT NULL, sum INTEGER NOT NULL );
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX "documents_toys_colour" ON documents (json_extract(data, '$.colour'), id) WHERE collection = 'toys';
CREATE UNIQUE INDEX log_stream ON log (stream, version);
INSERT INTO documents VALUES ('offshoot.leases', 'offshoot:writer', 1, '{"holder":"01a3185c-5000-7002-9320-44b7664dadf3","fence":1,"until":9007199254740991}');
INSERT INTO documents VALUES ('toys', 'a', 2, '{"colour":"blue"}');
INSERT INTO epochs VALUES (1, 0);
INSERT INTO heads VALUES ('a', 1, 2);
INSERT INTO log VALUES (1, 1, 1, '01a3185c-5000-7002-9320-4782efb42aad', 'toy/a', 1, '01a3185c-5000-7002-9320-45ecb1ebd5ef', 'toy.made', 1, 1800000000000, 'a', 'correlation', 'causation', 'service:toys', 'north', NULL, 1, NULL, NULL, '{"n":1}', '{"traceparent":"00-t-s-01"}', 4289482532);
INSERT INTO log VALUES (2, 1, 1, '01a3185c-5000-7002-9320-4782efb42aad', 'toy/a', 2, '01a3185c-5000-7002-9320-461d0ade4be1', 'toy.made', 1, 1800000000000, 'a', 'correlation', 'causation', 'service:toys', 'north', NULL, 1, 1, 1, '{"n":2}', '{"traceparent":"00-t-s-01"}', 683161962);
INSERT INTO log VALUES (3, 1, 1, '01a3185c-5000-7002-9320-491e6653a882', 'toy/b', 1, '01a3185c-5000-7002-9320-48f221fa2963', 'toy.made', 1, 1800000000000, 'b', 'correlation', 'causation', 'service:toys', 'north', NULL, 0, NULL, NULL, '{"n":1}', '{"traceparent":"00-t-s-01"}', 3026130201);
INSERT INTO meta VALUES ('identity', '01a3185c-5000-7002-9320-44b7664dadf3');
INSERT INTO meta VALUES ('service', 'toys');
