package main

// schemaArgs are the commands of `poolhouse schema`.
type schemaArgs struct {
	Print schemaPrintArgs `cmd:"" help:"Print the statements that make the schema of the database, for an administrator who applies them by hand."`
}

// schemaPrintArgs are the flags of `poolhouse schema print`.
type schemaPrintArgs struct {
	Dialect string `env:"-" default:"postgres" enum:"postgres,sqlite" placeholder:"NAME" help:"Database to print for: postgres or sqlite (${default})."`
	After   int    `env:"-" default:"0" placeholder:"NUMBER" help:"Print only the migrations after this one, for a database that has it already. All unless set."`
	JSON    bool   `name:"json" env:"-" help:"Print JSON instead of SQL."`
}

// Help returns the paragraph that `poolhouse schema print --help` adds.
func (schemaPrintArgs) Help() string {
	return `A server makes its schema by itself, and changes it when a newer release is started. Where its role in the database may not do that, apply what this prints before the start, as the owner of the database:

  poolhouse schema print | psql --single-transaction --set ON_ERROR_STOP=1 --dbname NAME

Every migration is recorded in the table schema_versions; SELECT MAX(version_id) FROM schema_versions tells the number for --after when the next release comes.`
}
