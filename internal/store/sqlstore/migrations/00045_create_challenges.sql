CREATE TABLE challenges (
	pool_id     {key} NOT NULL,
	sub         {key} NOT NULL,
	id          {key} NOT NULL,
	state       {bytes} NOT NULL,
	expires_at  BIGINT NOT NULL,
	version     BIGINT NOT NULL,
	set_id      TEXT NOT NULL,
	PRIMARY KEY (pool_id, sub, id)
){compact};
