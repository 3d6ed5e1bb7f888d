CREATE INDEX users_by_phone_number ON users (pool_id, s_phone_number, sub) WHERE s_phone_number IS NOT NULL;
