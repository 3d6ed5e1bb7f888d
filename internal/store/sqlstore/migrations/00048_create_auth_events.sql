CREATE TABLE auth_events (
	pool_id     {key} NOT NULL,
	sub         {key} NOT NULL,
	id          {key} NOT NULL,
	newest      {key} NOT NULL,
	type        TEXT NOT NULL,
	client_id   TEXT NOT NULL,
	response    TEXT NOT NULL,
	risk        TEXT NOT NULL,
	challenges  TEXT NOT NULL,
	context     TEXT NOT NULL,
	feedback    TEXT NOT NULL,
	created_at  BIGINT NOT NULL,
	expires_at  BIGINT NOT NULL,
	version     BIGINT NOT NULL,
	set_id      TEXT NOT NULL,
	PRIMARY KEY (pool_id, sub, id)
){compact};
