UPDATE schema_support SET oldest = 57, program = 'of November 2026' WHERE name = 'schema';
