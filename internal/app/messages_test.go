package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/inbox"
)

// Every message leaves by the way that is chosen for its medium and its pool.
func TestMessagesLeaveByTheChosenWay(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	var arrived []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived = append(arrived, r.URL.Path)
		if r.URL.Path == "/" {
			fmt.Fprintf(w, "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
				time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
			return
		}
		fmt.Fprint(w, `{}`)
	}))
	defer srv.Close()
	own := notify.Message{
		ID: "1", Medium: notify.Email, To: "ann@example.com", Subject: "s", Body: "b", PoolID: "p",
		Via: notify.Via{Region: "us-east-1", OwnIdentity: true, IdentityARN: "arn:aws:ses:us-east-1:1:identity/example.com"},
	}
	plain, text := own, own
	plain.Via = notify.Via{Region: "us-east-1"}
	text.Medium, text.To, text.Subject, text.Via = notify.SMS, "+15550100", "", notify.Via{Region: "us-east-1", RoleARN: "arn:aws:iam::000000000000:role/sms"}
	const ses = "/v2/email/outbound-emails"
	for name, test := range map[string]struct {
		change func(*config.Config)
		// want are where a message of a pool with an identity of its own, of
		// another pool, and a text message go.
		want string
	}{
		"nothing chosen": {func(*config.Config) {}, "inbox inbox inbox"},
		"webhooks": {func(c *config.Config) {
			c.Email.WebhookURL, c.SMS.WebhookURL = srv.URL+"/email", srv.URL+"/sms"
		}, "/email /email /sms"},
		"webhooks, and the inbox all the same": {func(c *config.Config) {
			c.Email.WebhookURL, c.SMS.WebhookURL, c.Email.Driver, c.SMS.Driver = srv.URL+"/email", srv.URL+"/sms", "inbox", "inbox"
		}, "inbox inbox inbox"},
		"SES for own identities": {func(c *config.Config) { c.Amazon.SES = true }, ses + " inbox inbox"},
		"SES and SNS for all": {func(c *config.Config) {
			c.Email.Driver, c.SMS.Driver, c.Amazon.SESFrom = "ses", "sns", "a@example.com"
		}, ses + " " + ses + " /+/"},
	} {
		t.Run(name, func(t *testing.T) {
			c := settings(t, config.ModeDev, func(c *config.Config) { c.Amazon.Endpoint = srv.URL; test.change(c) })
			policy, err := app.NewPolicy(c)
			if err != nil {
				t.Fatal(err)
			}
			box := inbox.New(inbox.Config{Capacity: 10, Now: time.Now})
			driver, err := app.NewDriver(c, policy, box, nil, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			var ways []string
			for _, m := range []notify.Message{own, plain, text} {
				ways = append(ways, wayOf(t, driver, m, box, &arrived))
			}
			if got := strings.Join(ways, " "); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// wayOf sends m and returns where it went.
func wayOf(t *testing.T, d notify.Driver, m notify.Message, box *inbox.Inbox, arrived *[]string) string {
	t.Helper()
	*arrived = nil
	before := len(box.Messages(""))
	// What the plain fake answers Publish with is not of interest.
	if err := d.Send(context.WithoutCancel(t.Context()), m); err != nil && len(*arrived) == 0 {
		t.Fatal(err)
	}
	if len(box.Messages("")) > before {
		return "inbox"
	}
	return strings.Join(*arrived, "+")
}
