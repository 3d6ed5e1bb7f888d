CREATE TABLE attempts (
	pool_id       {key} NOT NULL,
	sub           {key} NOT NULL,
	kind          {key} NOT NULL,
	tries         BIGINT NOT NULL,
	since         BIGINT NOT NULL,
	locked_until  BIGINT NOT NULL,
	expires_at    BIGINT NOT NULL,
	version       BIGINT NOT NULL,
	set_id        TEXT NOT NULL,
	PRIMARY KEY (pool_id, sub, kind)
){compact};
