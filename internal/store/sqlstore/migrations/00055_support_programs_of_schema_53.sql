INSERT INTO schema_support (name, oldest, program) VALUES ('schema', 53, '');
