package config

import (
	"fmt"
	"net/netip"
	"reflect"

	"github.com/alecthomas/kong"
)

// envPrefix begins the name of every variable: listen is POOLHOUSE_LISTEN.
const envPrefix = "POOLHOUSE"

// Serve is the command line of `poolhouse serve`.
type Serve struct {
	Settings Config `embed:""`
}

// Dev is the command line of `poolhouse dev`: the same settings and an inbox.
type Dev struct {
	Settings Config `embed:""`
	Inbox    Inbox  `embed:"" prefix:"inbox-"`
}

// secretsHelp tells of the settings that --help cannot list.
const secretsHelp = `Secrets are never flags. They come from these variables:

  POOLHOUSE_MASTER_KEY                   the master key, instead of --key-file
  POOLHOUSE_ROOT_ACCESS_KEY_ID and
  POOLHOUSE_ROOT_SECRET_ACCESS_KEY       the access key that may do everything
  POOLHOUSE_SMTP_PASSWORD                the mail server's password
  POOLHOUSE_SMPP_PASSWORD                the message centre's password
  POOLHOUSE_EMAIL_WEBHOOK_SECRET and
  POOLHOUSE_SMS_WEBHOOK_SECRET           the keys that go with posts of messages`

// Help returns the paragraph that `poolhouse serve --help` adds.
func (*Serve) Help() string { return secretsHelp }

// Help returns the paragraph that `poolhouse dev --help` adds.
func (*Dev) Help() string { return secretsHelp }

// Environment is what a Config depends on beside its flags.
type Environment struct {
	// Vars are the process's variables as os.Environ gives them.
	Vars []string
	// Terminal is whether the log goes to a terminal.
	Terminal bool
}

// Get returns a variable's value, "" if it is not set.
func (e Environment) Get(name string) string { return lookup(e.Vars)[name] }

// Load completes the parsed settings with secrets and derived defaults and
// checks the whole. The error joins a *SettingError for each bad setting; no
// error text holds a secret.
func (s *Serve) Load(env Environment) (Config, error) {
	c := s.Settings
	c.Mode = ModeServe
	return load(c, env)
}

// Load does for dev what Serve.Load does for serve.
func (d *Dev) Load(env Environment) (Config, error) {
	c := d.Settings
	c.Mode = ModeDev
	c.Inbox = d.Inbox
	return load(c, env)
}

func load(c Config, env Environment) (Config, error) {
	vars := lookup(env.Vars)
	known, err := envNames()
	if err != nil {
		return Config{}, err
	}
	c.UnknownEnv = unknownEnv(env.Vars, known)
	if c.Log.Format == "" && env.Terminal {
		c.Log.Format = "text"
	}
	return c.complete(vars)
}

// Default returns the plain defaults of mode, without flags, variables and
// file, for a server started from Go code. Change it, then call Complete.
func Default(mode Mode) Config {
	var grammar struct {
		Serve Serve `cmd:""`
		Dev   Dev   `cmd:""`
	}
	// Without EnvVars the parser knows no variable; the tags are constant, so
	// that an error here is a mistake in this package.
	parser := kong.Must(&grammar, Parsers())
	if _, err := parser.Parse([]string{string(mode)}); err != nil {
		panic(fmt.Sprintf("config: defaults of %q: %v", mode, err))
	}
	c := grammar.Serve.Settings
	if mode == ModeDev {
		c = grammar.Dev.Settings
		c.Inbox = grammar.Dev.Inbox
	}
	c.Mode = mode
	return c
}

// Complete reads files of secrets, fills in the defaults that depend on other
// settings and checks the whole, for a Config that Default began; call it once.
// The error joins a *SettingError for each bad setting.
func (c Config) Complete() (Config, error) { return c.complete(nil) }

func (c Config) complete(vars map[string]string) (Config, error) {
	var p problems
	c.readSecrets(vars, &p)
	c.derive()
	c.check(&p)
	if err := p.err(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// EnvVars is the parser option that gives every flag its POOLHOUSE_* variable.
// A flag with the tag env:"-" gets none.
func EnvVars() kong.Option { return kong.DefaultEnvars(envPrefix) }

// Parsers is the parser option that reads the field types of Config. It must be
// given wherever Serve or Dev is part of a grammar.
func Parsers() kong.Option {
	return kong.TypeMapper(reflect.TypeFor[netip.Prefix](), kong.MapperFunc(decodePrefix))
}

func decodePrefix(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("network", &text); err != nil {
		return err
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		if addr, aerr := netip.ParseAddr(text); aerr == nil && addr.Zone() == "" {
			return fmt.Errorf("%q is an address; write %s/%d for that one machine", text, addr, addr.BitLen())
		}
		return fmt.Errorf("%q is not a network; write address/bits such as 10.0.0.0/8", text)
	}
	if prefix != prefix.Masked() {
		return fmt.Errorf("%q has address bits beyond /%d; write %s", text, prefix.Bits(), prefix.Masked())
	}
	target.Set(reflect.ValueOf(prefix))
	return nil
}
