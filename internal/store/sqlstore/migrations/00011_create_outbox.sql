CREATE TABLE outbox (
	pool_id       {key} NOT NULL,
	sub           {key} NOT NULL,
	id            {key} NOT NULL,
	purpose       TEXT NOT NULL,
	code_id       TEXT NOT NULL,
	message       {bytes},
	leased_until  BIGINT NOT NULL,
	tries         BIGINT NOT NULL,
	created_at    BIGINT NOT NULL,
	expires_at    BIGINT NOT NULL,
	version       BIGINT NOT NULL,
	set_id        TEXT NOT NULL,
	PRIMARY KEY (pool_id, sub, id)
);
