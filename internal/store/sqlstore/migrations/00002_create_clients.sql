CREATE TABLE clients (
	id           {key} PRIMARY KEY,
	pool_id      {key} NOT NULL,
	name         TEXT NOT NULL,
	created_at   BIGINT NOT NULL,
	modified_at  BIGINT NOT NULL,
	secret       {bytes},
	settings     TEXT NOT NULL,
	version      BIGINT NOT NULL,
	set_id       TEXT NOT NULL
);
