CREATE TABLE material (
	name     {key} PRIMARY KEY,
	value    {bytes},
	version  BIGINT NOT NULL,
	set_id   TEXT NOT NULL
);
