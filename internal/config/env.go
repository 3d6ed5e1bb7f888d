package config

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// The variables of secrets, which have no flag.
const (
	envMasterKey     = "POOLHOUSE_MASTER_KEY"
	envNextKey       = "POOLHOUSE_MASTER_KEY_NEXT"
	envRootID        = "POOLHOUSE_ROOT_ACCESS_KEY_ID"
	envRootSecret    = "POOLHOUSE_ROOT_SECRET_ACCESS_KEY"
	envSMTPPassword  = "POOLHOUSE_SMTP_PASSWORD"
	envSMPPPassword  = "POOLHOUSE_SMPP_PASSWORD"
	envWebhookSecret = "POOLHOUSE_SMS_WEBHOOK_SECRET"
	envEmailSecret   = "POOLHOUSE_EMAIL_WEBHOOK_SECRET"
)

// secretSettings are the settings that only a variable can hold, by the name
// that a configuration file would use.
var secretSettings = map[string]string{
	"master-key":             envMasterKey,
	"master-key-next":        envNextKey,
	"root-access-key-id":     envRootID,
	"root-secret-access-key": envRootSecret,
	"smtp-password":          envSMTPPassword + " or smtp-password-file",
	"smpp-password":          envSMPPPassword + " or smpp-password-file",
	"sms-webhook-secret":     envWebhookSecret + " or sms-webhook-secret-file",
	"email-webhook-secret":   envEmailSecret + " or email-webhook-secret-file",
}

// lookup indexes variables by name.
func lookup(environ []string) map[string]string {
	vars := make(map[string]string, len(environ))
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok {
			vars[name] = value
		}
	}
	return vars
}

// readSecrets fills in what comes from variables and files of secrets. An empty
// variable counts as not set, since compose files pass on a missing one so.
func (c *Config) readSecrets(vars map[string]string, p *problems) {
	set := func(s *Secret, env string) {
		if value := vars[env]; value != "" {
			*s = NewSecret(value)
		}
	}
	set(&c.MasterKey, envMasterKey)
	set(&c.NextMasterKey, envNextKey)
	set(&c.Root.SecretAccessKey, envRootSecret)
	if id := vars[envRootID]; id != "" {
		c.Root.AccessKeyID = id
	}
	set(&c.SMTP.Password, envSMTPPassword)
	set(&c.SMPP.Password, envSMPPPassword)
	set(&c.SMS.WebhookSecret, envWebhookSecret)
	set(&c.Email.WebhookSecret, envEmailSecret)
	readSecret(&c.SMTP.Password, envSMTPPassword, "--smtp-password-file", c.SMTP.PasswordFile, p)
	readSecret(&c.SMPP.Password, envSMPPPassword, "--smpp-password-file", c.SMPP.PasswordFile, p)
	readSecret(&c.SMS.WebhookSecret, envWebhookSecret, "--sms-webhook-secret-file", c.SMS.WebhookSecretFile, p)
	readSecret(&c.Email.WebhookSecret, envEmailSecret, "--email-webhook-secret-file", c.Email.WebhookSecretFile, p)
}

// readSecret sets s from the file at path, unless path is "".
func readSecret(s *Secret, env, flag, path string, p *problems) {
	if path == "" {
		return
	}
	if s.IsSet() {
		p.add(flag, "%s holds the same secret; keep one of the two", env)
		return
	}
	data, err := readBounded(path)
	if err != nil {
		p.add(flag, "%v; name a file that can be read", err)
		return
	}
	// Editors and echo end a file with a line end that is no part of the secret.
	*s = NewSecret(strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"))
	if !s.IsSet() {
		p.add(flag, "%s is empty; put the secret in it", path)
	}
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxFile)
	}
	return data, err
}

// envNames returns every variable that means something.
func envNames() ([]string, error) {
	var grammar Dev // has every flag of Serve and its own
	parser, err := kong.New(&grammar, EnvVars(), Parsers())
	if err != nil {
		return nil, fmt.Errorf("listing settings: %w", err)
	}
	names := []string{envMasterKey, envNextKey, envRootID, envRootSecret, envSMTPPassword, envSMPPPassword, envWebhookSecret, envEmailSecret}
	for _, flag := range parser.Model.Flags {
		names = append(names, flag.Envs...)
	}
	return names, nil
}

// serviceLink matches the variables that a container platform adds for a
// service called poolhouse; nobody has misspelt those.
var serviceLink = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT|PORT_\d+_(TCP|UDP)(_[A-Z]+)?)$`)

func unknownEnv(environ, known []string) []string {
	var unknown []string
	for name := range lookup(environ) {
		if strings.HasPrefix(name, envPrefix+"_") && !slices.Contains(known, name) && !serviceLink.MatchString(name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}
