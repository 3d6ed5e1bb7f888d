CREATE TABLE codes (
	pool_id     {key} NOT NULL,
	sub         {key} NOT NULL,
	purpose     {key} NOT NULL,
	id          TEXT NOT NULL,
	attribute   TEXT NOT NULL,
	target      TEXT NOT NULL,
	pending     SMALLINT NOT NULL,
	hash        {bytes},
	expires_at  BIGINT NOT NULL,
	version     BIGINT NOT NULL,
	set_id      TEXT NOT NULL,
	PRIMARY KEY (pool_id, sub, purpose)
);
