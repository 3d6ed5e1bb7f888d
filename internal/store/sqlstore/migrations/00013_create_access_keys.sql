CREATE TABLE access_keys (
	id          {key} PRIMARY KEY,
	secret      {bytes},
	created_at  BIGINT NOT NULL,
	version     BIGINT NOT NULL,
	set_id      TEXT NOT NULL
);
