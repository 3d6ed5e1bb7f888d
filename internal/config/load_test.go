package config_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"poolhouse.dev/internal/config"
)

// load parses args as the real command line does. Variables come from the
// process, as set by t.Setenv.
func load(args ...string) (config.Config, error) {
	var grammar struct {
		Serve config.Serve `cmd:""`
		Dev   config.Dev   `cmd:""`
	}
	parser, err := kong.New(&grammar, config.EnvVars(), config.Parsers())
	if err != nil {
		return config.Config{}, err
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		return config.Config{}, err
	}
	env := config.Environment{Vars: os.Environ()}
	if ctx.Command() == "dev" {
		return grammar.Dev.Load(env)
	}
	return grammar.Serve.Load(env)
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	serve := config.Config{
		Mode:            config.ModeServe,
		Listen:          "127.0.0.1:7665",
		PublicURL:       "http://127.0.0.1:7665",
		RequestTimeout:  30 * time.Second,
		ShutdownTimeout: 20 * time.Second,
		Data:            "./poolhouse-data",
		KeyFile:         "poolhouse-data/master.key",
		NextKeyFile:     "poolhouse-data/master.key.next",
		Regions:         []string{"us-east-1"},
		AccountID:       "000000000000",
		RateLimits:      "default",
		SMTP:            config.SMTP{Security: "starttls"},
		SMPP:            config.SMPP{Security: "tls"},
		Log:             config.Log{Level: "info", Format: "json"},
	}
	dev := serve
	dev.Mode = config.ModeDev
	dev.Regions = []string{config.AnyRegion}
	dev.RateLimits = "off"
	dev.Inbox.Size = 1000
	dev.Email.Driver, dev.SMS.Driver = config.DriverInbox, config.DriverInbox

	for _, want := range []config.Config{serve, dev} {
		t.Run(string(want.Mode), func(t *testing.T) {
			parsed, err := load(string(want.Mode))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, parsed, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("parsed (-want +got):\n%s", diff)
			}
			built, err := config.Default(want.Mode).Complete()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, built, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("built (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefaultIgnoresVariables(t *testing.T) {
	t.Setenv("POOLHOUSE_LISTEN", "127.0.0.1:1")
	if got := config.Default(config.ModeServe).Listen; got != "127.0.0.1:7665" {
		t.Errorf("Listen = %s", got)
	}
}

func TestTerminalLogsText(t *testing.T) {
	serve := config.Serve{Settings: config.Default(config.ModeServe)}
	got, err := serve.Load(config.Environment{Terminal: true})
	if err != nil {
		t.Fatal(err)
	}
	if got.Log.Format != "text" {
		t.Errorf("Log.Format = %q, want text", got.Log.Format)
	}
}

func TestPrecedence(t *testing.T) {
	file := write(t, "p.json", `{"account-id":"111111111111","log-level":"warn","data":"file","region":["eu-west-1","eu-west-2"],
		"request-timeout":"5s","database-unsafe-durability":true,"database":"postgres://db/x","smtp-port":2525,"smtp-host":"mx","smtp-from":"a@example.com"}`)
	t.Setenv("POOLHOUSE_CONFIG", file)
	t.Setenv("POOLHOUSE_LOG_LEVEL", "error")
	t.Setenv("POOLHOUSE_DATA", "env")
	t.Setenv("POOLHOUSE_DATABASE_UNSAFE_DURABILITY", "false")
	got, err := load("serve", "--data=flag")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"flag over variable and file": "flag",
		"variable over file":          "error",
		"false variable over file":    false,
		"file over default":           "111111111111",
		"list from file":              []string{"eu-west-1", "eu-west-2"},
		"duration from file":          5 * time.Second,
		"number from file":            2525,
		"default":                     "127.0.0.1:7665",
	}
	have := map[string]any{
		"flag over variable and file": got.Data,
		"variable over file":          got.Log.Level,
		"false variable over file":    got.DatabaseUnsafeDurability,
		"file over default":           got.AccountID,
		"list from file":              got.Regions,
		"duration from file":          got.RequestTimeout,
		"number from file":            got.SMTP.Port,
		"default":                     got.Listen,
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}

func TestConfigFlagBeatsConfigVariable(t *testing.T) {
	t.Setenv("POOLHOUSE_CONFIG", write(t, "env.json", `{"data":"env"}`))
	got, err := load("dev", "--config", write(t, "flag.json", `{"data":"flag","inbox-size":5}`))
	if err != nil {
		t.Fatal(err)
	}
	if got.Data != "flag" || got.Inbox.Size != 5 {
		t.Errorf("Data = %q, Inbox.Size = %d", got.Data, got.Inbox.Size)
	}
}

func TestFileErrorsNameFileAndKey(t *testing.T) {
	tests := map[string]struct{ content, want string }{
		"unknown key":            {`{"listn":"x"}`, "p.json: listn: unknown setting"},
		"Go field name":          {`{"Listen":"127.0.0.1:1"}`, "p.json: Listen: unknown setting"},
		"the file itself":        {`{"config":"x"}`, "p.json: config: unknown setting"},
		"help":                   {`{"help":true}`, "p.json: help: unknown setting"},
		"number for string":      {`{"listen":7665}`, "p.json: listen: wants a string, not the number 7665"},
		"string for number":      {`{"smtp-port":"25"}`, "p.json: smtp-port: wants a whole number, not a string"},
		"fraction":               {`{"smtp-port":2.5}`, "p.json: smtp-port: wants a whole number, not the number 2.5"},
		"string for boolean":     {`{"database-unsafe-durability":"true"}`, "p.json: database-unsafe-durability: wants true or false"},
		"number for duration":    {`{"request-timeout":5}`, "p.json: request-timeout: wants a duration"},
		"bad duration":           {`{"request-timeout":"5"}`, "--request-timeout"},
		"string for list":        {`{"region":"eu-west-1"}`, "p.json: region: wants an array of strings"},
		"numbers in list":        {`{"region":[1]}`, "p.json: region: wants an array of strings"},
		"null list":              {`{"region":null}`, "p.json: region: wants an array of strings"},
		"two values in one item": {`{"region":["eu-west-1,eu-west-2"]}`, "p.json: region: item"},
		"null":                   {`{"listen":null}`, "p.json: listen: wants a string, not null"},
		"nested object":          {`{"smtp-host":{"x":"y"}}`, "p.json: smtp-host: wants a string, not an object"},
		"secret":                 {`{"smtp-password":"hunter2hunter2"}`, "p.json: smtp-password: a secret, which is not read from this file; set POOLHOUSE_SMTP_PASSWORD"},
		"setting of dev":         {`{"inbox-size":5}`, "p.json: inbox-size: a setting of `poolhouse dev` only"},
		"key twice":              {`{"data":"a","data":"b"}`, "--config"},
		"not an object":          {`[]`, "--config"},
		"null file":              {`null`, "--config"},
		"not JSON":               {`data: a`, "--config"},
		"empty":                  {``, "--config"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := load("serve", "--config", write(t, "p.json", tt.content))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want one with %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error shows a secret: %v", err)
			}
		})
	}
}

func TestFileErrorsComeTogether(t *testing.T) {
	_, err := load("serve", "--config", write(t, "p.json", `{"listn":"x","smtp-port":"y"}`))
	if err == nil || !strings.Contains(err.Error(), "listn") || !strings.Contains(err.Error(), "smtp-port") {
		t.Errorf("error %v, want both keys", err)
	}
}

func TestMissingFile(t *testing.T) {
	_, err := load("serve", "--config", filepath.Join(t.TempDir(), "none.json"))
	if err == nil || !strings.Contains(err.Error(), "--config") || !strings.Contains(err.Error(), "none.json") {
		t.Errorf("error %v, want --config and the path", err)
	}
}

func TestTrustedProxies(t *testing.T) {
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for name, args := range map[string][]string{
		"flag": {"serve", "--trusted-proxies=10.0.0.0/8,fd00::/8"},
		"file": {"serve", "--config", write(t, "p.json", `{"trusted-proxies":["10.0.0.0/8","fd00::/8"]}`)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := load(args...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.TrustedProxies, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSecretsFromVariablesAndFiles(t *testing.T) {
	t.Setenv("POOLHOUSE_MASTER_KEY", "mk")
	t.Setenv("POOLHOUSE_ROOT_ACCESS_KEY_ID", "id")
	t.Setenv("POOLHOUSE_ROOT_SECRET_ACCESS_KEY", "rs")
	t.Setenv("POOLHOUSE_SMTP_PASSWORD", "sp")
	got, err := load("serve", "--smtp-host=mx", "--smtp-from=a@example.com", "--smtp-username=u",
		"--sms-webhook-url=https://sms.example.com", "--sms-webhook-secret-file", write(t, "s", "ws\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	have := []string{got.MasterKey.Reveal(), got.KeyFile, got.Root.AccessKeyID, got.Root.SecretAccessKey.Reveal(), got.SMTP.Password.Reveal(), got.SMS.WebhookSecret.Reveal()}
	if diff := cmp.Diff([]string{"mk", "", "id", "rs", "sp", "ws"}, have); diff != "" {
		t.Error(diff)
	}
}

// Every flag of both commands has a variable named after it, and no flag is a
// secret.
func TestEveryFlagHasItsVariable(t *testing.T) {
	var grammar struct {
		Serve config.Serve `cmd:""`
		Dev   config.Dev   `cmd:""`
	}
	parser, err := kong.New(&grammar, config.EnvVars(), config.Parsers())
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, command := range parser.Model.Children {
		for _, flag := range command.Flags {
			count++
			want := "POOLHOUSE_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
			if diff := cmp.Diff([]string{want}, flag.Envs); diff != "" {
				t.Errorf("%s --%s: %s", command.Name, flag.Name, diff)
			}
			if flag.Help == "" || flag.Group == nil && flag.Name != "config" {
				t.Errorf("%s --%s: no help or no group", command.Name, flag.Name)
			}
			if _, secret := flag.Target.Interface().(config.Secret); secret {
				t.Errorf("%s --%s: a secret must not be a flag", command.Name, flag.Name)
			}
		}
	}
	if count < 50 {
		t.Errorf("%d flags seen, want those of both commands", count)
	}
}

func TestProblemsComeTogether(t *testing.T) {
	_, err := load("serve", "--account-id=1", "--log-level=loud", "--region=mars")
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("error %v is not joined", err)
	}
	var names []string
	for _, one := range joined.Unwrap() {
		var problem *config.SettingError
		if !errors.As(one, &problem) {
			t.Fatalf("%v is no SettingError", one)
		}
		names = append(names, problem.Setting)
	}
	if diff := cmp.Diff([]string{"--region", "--account-id", "--log-level"}, names, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Error(diff)
	}
}

func TestCompleteReadsSecretFiles(t *testing.T) {
	c := config.Default(config.ModeServe)
	c.SMTP.Host, c.SMTP.From, c.SMTP.Username = "mx", "a@example.com", "u"
	c.SMTP.PasswordFile = write(t, "password", "sp\n")
	got, err := c.Complete()
	if err != nil {
		t.Fatal(err)
	}
	if got.SMTP.Password.Reveal() != "sp" || got.SMTP.Port != 587 {
		t.Errorf("password %q, port %d", got.SMTP.Password.Reveal(), got.SMTP.Port)
	}
}

func TestHugeFilesAreRefused(t *testing.T) {
	huge := write(t, "huge", strings.Repeat(" ", 1<<20+1))
	for _, flag := range []string{"--config", "--sms-webhook-secret-file"} {
		if _, err := load("serve", "--sms-webhook-url=https://x", flag, huge); err == nil || !strings.HasPrefix(err.Error(), flag+": ") {
			t.Errorf("error %v, want one for %s", err, flag)
		}
	}
}
