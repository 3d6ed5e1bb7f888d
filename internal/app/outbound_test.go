package app_test

import (
	"io"
	"strings"
	"testing"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/config"
)

// A setting that names a machine which --allow-outbound does not list ends the
// start, and the error names both.
func TestStartRefusesWhatOutboundRulesForbid(t *testing.T) {
	for setting, change := range map[string]func(*config.Config){
		"--smtp-host":       func(c *config.Config) { c.SMTP.Host, c.SMTP.From = "10.0.0.1", "a@example.com" },
		"--sms-webhook-url": func(c *config.Config) { c.SMS.WebhookURL = "http://127.0.0.1:9/" },
		"--lambda":          func(c *config.Config) { c.Lambda = []string{"*=http://localhost:9/"} },
	} {
		c := config.Default(config.ModeDev)
		c.Listen, c.Data, c.AllowOutbound = "127.0.0.1:0", t.TempDir(), []string{"public", "192.168.0.0/16"}
		change(&c)
		c, err := c.Complete()
		if err != nil {
			t.Fatal(err)
		}
		s, err := app.Start(t.Context(), c, app.Options{Log: io.Discard})
		if err == nil {
			_ = s.Close()
			t.Errorf("%s: started", setting)
			continue
		}
		if !strings.Contains(err.Error(), setting) || !strings.Contains(err.Error(), "--allow-outbound") {
			t.Errorf("%s: %v", setting, err)
		}
	}
}
