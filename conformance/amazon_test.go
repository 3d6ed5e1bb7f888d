package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// amazon plays the APIs of STS, SNS and SES with the forms of their answers, and
// keeps what was sent.
type amazon struct {
	*httptest.Server
	mu sync.Mutex
	// refusals are the error codes that an API answers a call with.
	refusals map[string]string
	// sent are the texts of messages by recipient, and as whom they were sent.
	sent map[string]delivered
}

type delivered struct{ body, as string }

func newAmazon(t *testing.T) *amazon {
	t.Helper()
	a := &amazon{refusals: map[string]string{}, sent: map[string]delivered{}}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDSERVER")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	return a
}

// refuse has one call of the three refused from now on, and only that.
func (a *amazon) refuse(call, code string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refusals = map[string]string{call: code}
}

func (a *amazon) to(recipient string) delivered {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sent[recipient]
}

func (a *amazon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	if r.URL.Path == "/v2/email/outbound-emails" {
		a.sendEmail(w, body)
		return
	}
	form, _ := url.ParseQuery(string(body))
	action := form.Get("Action")
	if code := a.refusals[action]; code != "" {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>`, code)
		return
	}
	if action == "AssumeRole" {
		// Credentials that are about to run out, so that every message asks anew.
		fmt.Fprintf(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>%s</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			form.Get("RoleArn")+"+"+form.Get("ExternalId"), time.Now().Add(time.Minute).UTC().Format(time.RFC3339))
		return
	}
	a.sent[form.Get("PhoneNumber")] = delivered{form.Get("Message"), r.Header.Get("X-Amz-Security-Token")}
	fmt.Fprint(w, `<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>`)
}

func (a *amazon) sendEmail(w http.ResponseWriter, body []byte) {
	if code := a.refusals["SendEmail"]; code != "" {
		w.Header().Set("X-Amzn-Errortype", code)
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"message":"no"}`)
		return
	}
	var in struct {
		FromEmailAddress, FromEmailAddressIdentityArn string
		Destination                                   struct{ ToAddresses []string }
		Content                                       struct {
			Simple struct {
				Body struct{ Html struct{ Data string } }
			}
		}
	}
	if json.Unmarshal(body, &in) == nil && len(in.Destination.ToAddresses) == 1 {
		a.sent[in.Destination.ToAddresses[0]] = delivered{in.Content.Simple.Body.Html.Data, in.FromEmailAddress + " " + in.FromEmailAddressIdentityArn}
	}
	fmt.Fprint(w, `{"MessageId":"m"}`)
}
