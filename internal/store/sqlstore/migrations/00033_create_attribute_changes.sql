CREATE TABLE attribute_changes (
	pool_id        {key} NOT NULL,
	sub            {key} NOT NULL,
	id             {key} NOT NULL,
	changed_at     BIGINT NOT NULL,
	operation      TEXT NOT NULL,
	client_id      TEXT NOT NULL,
	access_key_id  TEXT NOT NULL,
	hashes         TEXT NOT NULL,
	expires_at     BIGINT NOT NULL,
	version        BIGINT NOT NULL,
	set_id         TEXT NOT NULL,
	PRIMARY KEY (pool_id, sub, id)
){compact};
