package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxFile bounds the configuration file and the files of secrets, in bytes, so
// that a wrong path to something huge is an error and not a hang.
const maxFile = 1 << 20

// File is the path of a configuration file. The file is one JSON object whose
// keys are flag names; texts and durations are JSON strings, lists are arrays
// of strings. Unknown keys, keys given twice and other types are errors that
// name the file and the key.
type File string

// BeforeResolve reads the file and adds its values below the command line and
// the environment. The command-line parser calls it.
func (File) BeforeResolve(ctx *kong.Context, trace *kong.Path) error {
	flags := selectedFlags(ctx)
	// The parser also asks the same flag of commands that were not chosen.
	if flags[trace.Flag.Name] != trace.Flag {
		return nil
	}
	path := string(ctx.FlagValue(trace.Flag).(File))
	if path == "" {
		return nil
	}
	values, err := readFile(path, flags, ctx.Model)
	if err != nil {
		return err
	}
	ctx.AddResolver(values)
	return nil
}

// selectedFlags returns the flags of the chosen command by name.
func selectedFlags(ctx *kong.Context) map[string]*kong.Flag {
	flags := map[string]*kong.Flag{}
	for _, path := range ctx.Path {
		for _, flag := range path.Flags {
			flags[flag.Name] = flag
		}
	}
	return flags
}

// fileValues is the content of a configuration file by flag name, in the form
// that the parser takes.
type fileValues map[string]any

// Validate does nothing: readFile has checked every key.
func (fileValues) Validate(*kong.Application) error { return nil }

// Resolve returns the file's value of flag, or nil if the file has none or a
// variable overrides it.
func (v fileValues) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	return v[flag.Name], nil
}

func readFile(path string, flags map[string]*kong.Flag, app *kong.Application) (fileValues, error) {
	data, err := readBounded(path)
	if err != nil {
		return nil, fmt.Errorf("--config: %w; name a file that can be read", err)
	}
	var raw map[string]jsontext.Value
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("--config: %s: not one JSON object with each key once: %w", path, err)
	}
	if raw == nil {
		return nil, fmt.Errorf("--config: %s: not a JSON object; write {} for no settings", path)
	}
	values := fileValues{}
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		flag, known := flags[key]
		if !known || key == "config" || key == "help" {
			problems = append(problems, fmt.Errorf("%s: %s: %s", path, key, unknownKey(key, app)))
			continue
		}
		value, err := fileValue(raw[key], flag.Target.Type())
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %s: %w", path, key, err))
			continue
		}
		values[key] = value
	}
	return values, errors.Join(problems...)
}

// unknownKey says why a key is not taken and what to do about it.
func unknownKey(key string, app *kong.Application) string {
	if name, secret := secretSettings[key]; secret {
		return "a secret, which is not read from this file; set " + name
	}
	for _, command := range app.Children {
		for _, flag := range command.Flags {
			if flag.Name == key && key != "config" && key != "help" {
				return fmt.Sprintf("a setting of `poolhouse %s` only; remove it or run that command", command.Name)
			}
		}
	}
	return "unknown setting; correct or remove it (--help lists the settings)"
}

// fileValue converts one JSON value to what the parser takes for a flag whose
// field is of type t.
func fileValue(raw jsontext.Value, t reflect.Type) (any, error) {
	got := jsonKind(raw)
	switch {
	case t.Kind() == reflect.Bool:
		if got != "a boolean" {
			return nil, fmt.Errorf("wants true or false, not %s", got)
		}
		return string(raw) == "true", nil
	case t == reflect.TypeFor[time.Duration]():
		if got != "a string" {
			return nil, fmt.Errorf(`wants a duration as a string such as "30s", not %s`, got)
		}
		return fileText(raw)
	case t.Kind() == reflect.Int:
		if _, err := strconv.Atoi(string(raw)); err != nil {
			return nil, fmt.Errorf("wants a whole number, not %s", got)
		}
		return string(raw), nil
	case t.Kind() == reflect.Slice:
		return fileList(raw)
	}
	if got != "a string" {
		return nil, fmt.Errorf("wants a string, not %s", got)
	}
	return fileText(raw)
}

func fileText(raw jsontext.Value) (string, error) {
	var text string
	err := json.Unmarshal(raw, &text)
	return text, err
}

// fileList joins an array of strings as the command line would spell it, so
// that one parser reads both.
func fileList(raw jsontext.Value) (string, error) {
	var items []string
	if err := json.Unmarshal(raw, &items); err != nil || jsonKind(raw) != "an array" {
		return "", fmt.Errorf(`wants an array of strings such as ["a", "b"], not %s`, jsonKind(raw))
	}
	for _, item := range items {
		if item == "" || strings.ContainsAny(item, `,\`) {
			return "", fmt.Errorf("item %q is not a single value; give each value an item of its own", item)
		}
	}
	return strings.Join(items, ","), nil
}

func jsonKind(raw jsontext.Value) string {
	switch raw.Kind() {
	case '"':
		return "a string"
	case '0':
		return "the number " + string(raw)
	case 't', 'f':
		return "a boolean"
	case '[':
		return "an array"
	case '{':
		return "an object"
	}
	return "null"
}
