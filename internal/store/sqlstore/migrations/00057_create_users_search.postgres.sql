CREATE TABLE users_search (
	pool_id  {key} NOT NULL,
	field    {key} NOT NULL,
	value    {key} NOT NULL,
	sub      {key} NOT NULL,
	PRIMARY KEY (pool_id, field, value, sub)
);
