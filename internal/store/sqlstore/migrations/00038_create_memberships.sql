CREATE TABLE memberships (
	pool_id     {key} NOT NULL,
	sub         {key} NOT NULL,
	group_name  {key} NOT NULL,
	group_id    {key} NOT NULL,
	created_at  BIGINT NOT NULL,
	version     BIGINT NOT NULL,
	set_id      TEXT NOT NULL,
	PRIMARY KEY (pool_id, sub, group_name)
){compact};
