CREATE TABLE signing_keys (
	pool_id      {key} NOT NULL,
	kid          {key} NOT NULL,
	purpose      TEXT NOT NULL,
	private_key  {bytes},
	public_key   {bytes},
	created_at   BIGINT NOT NULL,
	version      BIGINT NOT NULL,
	set_id       TEXT NOT NULL,
	PRIMARY KEY (pool_id, kid)
);
