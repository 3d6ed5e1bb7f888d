CREATE TABLE software_tokens (
	pool_id    {key} NOT NULL,
	sub        {key} NOT NULL,
	secret     {bytes},
	pending    {bytes},
	name       TEXT NOT NULL,
	last_step  BIGINT NOT NULL,
	version    BIGINT NOT NULL,
	set_id     TEXT NOT NULL,
	PRIMARY KEY (pool_id, sub)
){compact};
