-- Every table that is made from now on has changes, and commits of changes, fail
-- now and then as they do where transactions are in each other's way.
CREATE FUNCTION storm() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF random() < TG_ARGV[0]::float THEN
		RAISE EXCEPTION 'could not serialize access, for the test' USING ERRCODE = 'serialization_failure';
	END IF;
	IF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;
	RETURN NEW;
END $$;

CREATE FUNCTION storm_over() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
	made record;
BEGIN
	FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE command_tag = 'CREATE TABLE' AND schema_name = 'public' LOOP
		EXECUTE format('CREATE TRIGGER storm_at_statement BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION storm(0.005)', made.object_identity);
		EXECUTE format('CREATE CONSTRAINT TRIGGER storm_at_commit AFTER INSERT OR UPDATE OR DELETE ON %s DEFERRABLE INITIALLY DEFERRED
			FOR EACH ROW EXECUTE FUNCTION storm(0.005)', made.object_identity);
	END LOOP;
END $$;

CREATE EVENT TRIGGER storm_over ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION storm_over();
