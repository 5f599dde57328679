-- A state database of schema 0002, as the release that introduced it wrote it. Never regenerate: it stands for what users have.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE catalogs (
	name VARCHAR(64) NOT NULL, 
	marker_id VARCHAR(64) NOT NULL, 
	revision BIGINT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "catalogs" VALUES('atlas','fcd72398-72ce-49d0-9db5-425ccfe4d1d6',1);
CREATE TABLE curated_fields (
	catalog VARCHAR(64) NOT NULL, 
	record_hash VARCHAR(64) NOT NULL, 
	record_key TEXT NOT NULL, 
	qualified_name TEXT NOT NULL, 
	fields_json TEXT NOT NULL, 
	read_at_ms BIGINT NOT NULL, 
	PRIMARY KEY (catalog, record_hash)
);
INSERT INTO "curated_fields" VALUES('atlas','521fb2a220e57de3e77df04570d4f7dff685e3a7a7d91b03d9a3e347088c43ae','lab/fraud-scorer','governance://records/lab%2Ffraud-scorer','{"owner":"ana","reviewed_on":"2026-02-01"}',1772331420250);
CREATE TABLE ledger (
	catalog VARCHAR(64) NOT NULL, 
	type_name VARCHAR(64) NOT NULL, 
	name_hash VARCHAR(64) NOT NULL, 
	qualified_name TEXT NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	guid VARCHAR(64) NOT NULL, 
	attributes_json TEXT NOT NULL, 
	references_json TEXT NOT NULL, 
	classifications_json TEXT NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (catalog, type_name, name_hash)
);
INSERT INTO "ledger" VALUES('atlas','ai_model_version','1cef9163dc1df005b4635c4facd96e806ca5366c39a54a5a1186859c5ec081e4','mlflow://lab/models/fraud-scorer/versions/3','lab','guid-1','{"name":"fraud-scorer v3","version":3}','{"model":[["ai_model","mlflow://lab/models/fraud-scorer"]]}','{"auditable":{}}','c0ffee');
INSERT INTO "ledger" VALUES('atlas','ai_dataset','5dc815362b108dc769762adef58dfdd7a8625775b6313990ec242d781dbcdb9d','mlflow://lab/datasets/loans%20%F0%9F%92%B6/d1/0123456789ab','lab','guid-2','{"name":null}','{}','{"missing from source":{}}','beef');
CREATE TABLE lifecycle_states (
	subject_hash VARCHAR(64) NOT NULL, 
	subject TEXT NOT NULL, 
	subject_kind VARCHAR(64) NOT NULL, 
	record_key TEXT NOT NULL, 
	label TEXT NOT NULL, 
	state VARCHAR(64) NOT NULL, 
	signal TEXT NOT NULL, 
	signal_from TEXT, 
	since_ms BIGINT NOT NULL, 
	last_seen_ms BIGINT NOT NULL, 
	PRIMARY KEY (subject_hash)
);
INSERT INTO "lifecycle_states" VALUES('1cef9163dc1df005b4635c4facd96e806ca5366c39a54a5a1186859c5ec081e4','mlflow://lab/models/fraud-scorer/versions/3','version','lab/fraud-scorer','fraud-scorer v3','production','alias champion',NULL,1772417820250,1772504220250);
CREATE TABLE lifecycle_transitions (
	transition_hash VARCHAR(64) NOT NULL, 
	subject_hash VARCHAR(64) NOT NULL, 
	subject TEXT NOT NULL, 
	subject_kind VARCHAR(64) NOT NULL, 
	record_key TEXT NOT NULL, 
	label TEXT NOT NULL, 
	from_state VARCHAR(64), 
	to_state VARCHAR(64) NOT NULL, 
	signal TEXT NOT NULL, 
	signal_from TEXT, 
	after_ms BIGINT, 
	seen_at_ms BIGINT NOT NULL, 
	stated_at_ms BIGINT, 
	run_id VARCHAR(255) NOT NULL, 
	PRIMARY KEY (transition_hash)
);
INSERT INTO "lifecycle_transitions" VALUES('98849aad5c5ff9f0e0a5efe7131f08faa082a6b957e8802bfdfc344502361276','1cef9163dc1df005b4635c4facd96e806ca5366c39a54a5a1186859c5ec081e4','mlflow://lab/models/fraud-scorer/versions/3','version','lab/fraud-scorer','fraud-scorer v3',NULL,'development','alias champion',NULL,NULL,1772331420250,NULL,'sync-1');
INSERT INTO "lifecycle_transitions" VALUES('b0b96f374d371cd5b5c300cc006c8cd9508d2aff86b1fbf7c7fc662c2ec77204','1cef9163dc1df005b4635c4facd96e806ca5366c39a54a5a1186859c5ec081e4','mlflow://lab/models/fraud-scorer/versions/3','version','lab/fraud-scorer','fraud-scorer v3','development','production','alias champion',NULL,1772331420250,1772417820250,1772349420250,'sync-1');
CREATE TABLE promotions (
	qualified_name_hash VARCHAR(64) NOT NULL, 
	qualified_name TEXT NOT NULL, 
	record_key TEXT NOT NULL, 
	version TEXT NOT NULL, 
	version_label TEXT NOT NULL, 
	state VARCHAR(64) NOT NULL, 
	signal TEXT NOT NULL, 
	since_ms BIGINT NOT NULL, 
	until_ms BIGINT, signal_from TEXT, 
	PRIMARY KEY (qualified_name_hash)
);
INSERT INTO "promotions" VALUES('e1dd42b95319dabc1af3240e9723aadee649cc888829fef8f4bf1c3089cd9197','governance://records/lab/fraud-scorer/promotions/1','lab/fraud-scorer','mlflow://lab/models/fraud-scorer/versions/3','fraud-scorer v3','production','alias champion',1772331420250,NULL,NULL);
INSERT INTO "promotions" VALUES('c3c47dc681c27a11b5798884c13c8253f15751ac144b17540e9cfcf982ef4f2e','governance://records/lab/fraud-scorer/promotions/0','lab/fraud-scorer','mlflow://lab/models/fraud-scorer/versions/2','fraud-scorer v2','production','alias champion',1772331420250,1772331420250,'azure://e');
CREATE TABLE snapshots (
	source VARCHAR(64) NOT NULL, 
	path TEXT NOT NULL, 
	run_id VARCHAR(255) NOT NULL, 
	PRIMARY KEY (source)
);
INSERT INTO "snapshots" VALUES('lab','/srv/staging/sync-1/lab','sync-1');
CREATE TABLE sync_runs (
	run_id VARCHAR(255) NOT NULL, 
	started_ms BIGINT NOT NULL, 
	finished_ms BIGINT, 
	exit_code INTEGER, 
	headline TEXT, 
	report TEXT, 
	PRIMARY KEY (run_id)
);
INSERT INTO "sync_runs" VALUES('sync-1',1772331420250,1772331481250,0,'All is well.','/srv/reports/sync-1/report.html');
CREATE TABLE writer_locks (
	catalog VARCHAR(64) NOT NULL, 
	holder VARCHAR(255) NOT NULL, 
	token VARCHAR(64) NOT NULL, 
	host VARCHAR(255) NOT NULL, 
	process INTEGER NOT NULL, 
	process_started BIGINT NOT NULL, 
	heartbeat_ms BIGINT NOT NULL, 
	PRIMARY KEY (catalog)
);
CREATE INDEX sync_runs_by_start ON sync_runs (started_ms);
CREATE INDEX lifecycle_transitions_by_subject ON lifecycle_transitions (subject_hash);
COMMIT;
