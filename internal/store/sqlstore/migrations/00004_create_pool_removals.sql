CREATE TABLE pool_removals (
	pool_id     {key} PRIMARY KEY,
	created_at  BIGINT NOT NULL,
	version     BIGINT NOT NULL,
	set_id      TEXT NOT NULL
){compact};
