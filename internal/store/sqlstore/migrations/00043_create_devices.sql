CREATE TABLE devices (
	pool_id      {key} NOT NULL,
	sub          {key} NOT NULL,
	device_key   {key} NOT NULL,
	group_key    TEXT NOT NULL,
	name         TEXT NOT NULL,
	verifier     {bytes},
	remembered   BIGINT NOT NULL,
	last_ip      TEXT NOT NULL,
	created_at   BIGINT NOT NULL,
	modified_at  BIGINT NOT NULL,
	used_at      BIGINT NOT NULL,
	version      BIGINT NOT NULL,
	set_id       TEXT NOT NULL,
	PRIMARY KEY (pool_id, sub, device_key)
){compact};
