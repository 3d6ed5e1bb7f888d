CREATE TABLE sessions (
	pool_id     {key} NOT NULL,
	sub         {key} NOT NULL,
	id          {key} NOT NULL,
	origin_jti  TEXT NOT NULL,
	client_id   TEXT NOT NULL,
	epoch       BIGINT NOT NULL,
	revoked     SMALLINT NOT NULL,
	scope       TEXT NOT NULL,
	auth_time   BIGINT NOT NULL,
	expires_at  BIGINT NOT NULL,
	version     BIGINT NOT NULL,
	set_id      TEXT NOT NULL,
	PRIMARY KEY (pool_id, sub, id)
){compact};
