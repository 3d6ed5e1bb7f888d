// Gen writes internal/breach/common.bin from a list of common passwords, which
// is not kept in this repository. It takes the list of the npm package
// @zxcvbn-ts/language-common, in the release whose sha256 it knows:
//
//	npm pack @zxcvbn-ts/language-common@4.1.3
//	tar xzf zxcvbn-ts-language-common-4.1.3.tgz package/src/passwords.json package/LICENSE.txt
//	go run ./internal/breach/gen -list package/src/passwords.json
//
// The licence beside the file, common.LICENSE, is that package's. The output
// depends on the list alone.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"poolhouse.dev/internal/breach"
)

const (
	source    = "@zxcvbn-ts/language-common 4.1.3"
	sourceSum = "f422773d94d630f27e08b26d7017e847bb1feb2a84809340e9c0b0c47b33e3f1"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	list := flags.String("list", "package/src/passwords.json", "`file` with a JSON array of passwords")
	out := flags.String("out", "internal/breach/common.bin", "`file` to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	text, err := os.ReadFile(*list)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != sourceSum {
		return fmt.Errorf("%s is not the list of %s", *list, source)
	}
	var passwords []string
	if err := json.Unmarshal(text, &passwords); err != nil {
		return fmt.Errorf("reading %s: %w", *list, err)
	}
	file, err := breach.WriteFilter(source, passwords)
	if err != nil {
		return err
	}
	return os.WriteFile(*out, file, 0o644)
}
