CREATE TABLE aliases (
	pool_id      {key} NOT NULL,
	kind         {key} NOT NULL,
	alias_key    {key} NOT NULL,
	sub          {key} NOT NULL,
	key_version  INTEGER NOT NULL,
	version      BIGINT NOT NULL,
	set_id       TEXT NOT NULL,
	PRIMARY KEY (pool_id, kind, alias_key)
){compact};
