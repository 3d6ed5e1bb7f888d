CREATE TABLE password_history (
	pool_id    {key} NOT NULL,
	sub        {key} NOT NULL,
	verifiers  {bytes} NOT NULL,
	version    BIGINT NOT NULL,
	set_id     TEXT NOT NULL,
	PRIMARY KEY (pool_id, sub)
){compact};
