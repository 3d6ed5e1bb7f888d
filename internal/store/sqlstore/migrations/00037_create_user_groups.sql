CREATE TABLE user_groups (
	pool_id      {key} NOT NULL,
	name         {key} NOT NULL,
	id           TEXT NOT NULL,
	description  TEXT NOT NULL,
	role_arn     TEXT NOT NULL,
	precedence   TEXT NOT NULL,
	created_at   BIGINT NOT NULL,
	modified_at  BIGINT NOT NULL,
	version      BIGINT NOT NULL,
	set_id       TEXT NOT NULL,
	PRIMARY KEY (pool_id, name)
){compact};
