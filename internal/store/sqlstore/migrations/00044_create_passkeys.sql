CREATE TABLE passkeys (
	pool_id     {key} NOT NULL,
	sub         {key} NOT NULL,
	id          {key} NOT NULL,
	name        TEXT NOT NULL,
	credential  {bytes} NOT NULL,
	sign_count  BIGINT NOT NULL,
	created_at  BIGINT NOT NULL,
	version     BIGINT NOT NULL,
	set_id      TEXT NOT NULL,
	PRIMARY KEY (pool_id, sub, id)
){compact};
