CREATE TABLE risk_configurations (
	pool_id      {key} NOT NULL,
	client_id    {key} NOT NULL,
	settings     TEXT NOT NULL,
	modified_at  BIGINT NOT NULL,
	version      BIGINT NOT NULL,
	set_id       TEXT NOT NULL,
	PRIMARY KEY (pool_id, client_id)
){compact};
