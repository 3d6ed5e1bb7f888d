// Wiregen writes the generated half of package wire from the service model.
//
// It reads model/cognito-idp.model.json, whose sha256 it knows, and writes
// internal/wire/zz_*.go: structures, enums, constraint tables, checks, the
// operation table and the Handlers structure. The output depends on the input
// alone, so that two runs write the same bytes.
//
// With -check it writes nothing and exits with status 1 when a file differs
// from what it would write.
//
// Start reading at main.go; model.go reads the model, plan.go decides what is
// generated, pattern.go translates Java patterns, templates.go holds the text.
package main
