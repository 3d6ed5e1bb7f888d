CREATE TABLE rate_levels (
	bucket      {key} NOT NULL,
	millionths  BIGINT NOT NULL,
	filled_at   BIGINT NOT NULL,
	expires_at  BIGINT NOT NULL,
	version     BIGINT NOT NULL,
	set_id      TEXT NOT NULL,
	PRIMARY KEY (bucket)
){compact};
