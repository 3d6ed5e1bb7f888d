CREATE TABLE pools (
	id           {key} PRIMARY KEY,
	region       {key} NOT NULL,
	account      TEXT NOT NULL,
	name         TEXT NOT NULL,
	created_at   BIGINT NOT NULL,
	modified_at  BIGINT NOT NULL,
	settings     TEXT NOT NULL,
	version      BIGINT NOT NULL,
	set_id       TEXT NOT NULL
);
