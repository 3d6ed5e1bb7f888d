// Package sqlstore knows how nouns lie in a relational database: the tables,
// the SQL text, the conversion of rows, and the migrations. It is the same for
// every engine; the engines beneath it (sqlite, postgres) open connections, send
// the statements that this package makes, and answer for atomicity and
// durability.
//
// A [Table] is made from one description of a noun's columns, from which every
// text follows, so that a column cannot be written and forgotten when reading.
// [Dialect.Compile] turns a change set into statements; each statement says by the
// number of rows that it touched whether it lost. [Dialect.Select] turns a query into
// one statement. [Migrate] brings a database up to date.
//
// The SQL keeps to what SQLite, PostgreSQL and the distributed databases that
// speak its protocol have in common: no foreign keys, no sequences, no unique
// index but the primary key, of which the column that rows are spread by is a
// part ([Shard]). Tests read every text for it. Values travel as string, int64, []byte and nil;
// times are microseconds since 1970, 0 for the zero time.
//
// A [Dialect] says what differs between engines. Where an index that changes is dear,
// it lets what rows are searched by lie in a table of its own (search.go).
//
// Start with the description of users in users.go, then [Table].
package sqlstore
