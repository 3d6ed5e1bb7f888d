CREATE TABLE schema_support (
	name     {key} PRIMARY KEY,
	oldest   BIGINT NOT NULL,
	program  TEXT NOT NULL
);
