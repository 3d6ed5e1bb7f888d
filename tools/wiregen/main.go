package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "wiregen:", err)
		os.Exit(1)
	}
}

// run generates or checks. The defaults fit a run from the tools folder, which
// is where "go run -C" puts it.
func run(args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("wiregen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	modelPath := flags.String("model", "../model/cognito-idp.model.json", "service `model` to read")
	out := flags.String("out", "../internal/wire", "`folder` that takes the generated files")
	check := flags.Bool("check", false, "write nothing; fail when a file is not up to date")
	if err := flags.Parse(args); err != nil {
		return err
	}
	m, err := loadModel(*modelPath)
	if err != nil {
		return err
	}
	files, err := generate(m)
	if err != nil {
		return err
	}
	if *check {
		return compare(*out, files)
	}
	return write(*out, files)
}

// compare returns an error that names every generated file that differs from
// files, is missing, or should not be there.
func compare(dir string, files map[string][]byte) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		have, err := os.ReadFile(filepath.Join(dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			errs = append(errs, fmt.Errorf("%s is missing", name))
		case err != nil:
			errs = append(errs, err)
		case !bytes.Equal(have, files[name]):
			errs = append(errs, fmt.Errorf("%s is not up to date: run go generate ./internal/wire", name))
		}
	}
	stale, err := leftovers(dir, files)
	for _, path := range stale {
		errs = append(errs, fmt.Errorf("%s is no longer generated", filepath.Base(path)))
	}
	return errors.Join(append(errs, err)...)
}

func write(dir string, files map[string][]byte) error {
	stale, err := leftovers(dir, files)
	if err != nil {
		return err
	}
	for _, path := range stale {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// leftovers lists generated files in dir that files does not hold.
func leftovers(dir string, files map[string][]byte) ([]string, error) {
	have, err := filepath.Glob(filepath.Join(dir, "zz_*.go"))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(have, func(path string) bool {
		_, wanted := files[filepath.Base(path)]
		return wanted
	}), nil
}
