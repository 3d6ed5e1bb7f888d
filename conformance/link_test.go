package conformance

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/conformance/functions"
)

// byLink has the pool confirm e-mail addresses by a link.
func byLink(in *cip.CreateUserPoolInput) {
	byEmail(in)
	in.VerificationMessageTemplate = &types.VerificationMessageTemplateType{DefaultEmailOption: types.DefaultEmailOptionTypeConfirmWithLink}
}

var linkForm = regexp.MustCompile(`<a href="([^"]+)">`)

// link returns the address in the newest message to an address.
func (e *env) link(t *testing.T, to string) string {
	t.Helper()
	found := linkForm.FindStringSubmatch(e.newest(t, to).Body)
	if found == nil {
		t.Fatalf("no link in %q", e.newest(t, to).Body)
	}
	return html.UnescapeString(found[1])
}

// visit asks for a page and returns its status and heading.
func visit(t *testing.T, method, address string, form url.Values) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if e := resp.Body.Close(); err != nil || e != nil {
		t.Fatal(err, e)
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s %s: %s %q", method, address, name, got)
		}
	}
	if p := resp.Header.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
		t.Errorf("%s %s: Content-Security-Policy %q", method, address, p)
	}
	_, heading, _ := strings.Cut(string(body), "<h1>")
	heading, _, _ = strings.Cut(heading, "</h1>")
	return resp.StatusCode, heading
}

// press does what the button of a link's page does.
func press(t *testing.T, link string) (int, string) {
	t.Helper()
	address, query, _ := strings.Cut(link, "?")
	form, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return visit(t, http.MethodPost, address, form)
}

const (
	asked     = "Confirm your address"
	confirmed = "Your address is confirmed"
	unusable  = "This link cannot be used"
)

func wantPage(t *testing.T, what string, status int, heading string, wantStatus int, want string) {
	t.Helper()
	if status != wantStatus || heading != want {
		t.Errorf("%s: %d %q, want %d %q", what, status, heading, wantStatus, want)
	}
}

// A link confirms by its page's button, once, and not by being opened; a newer
// one takes the place of an older one.
func TestConfirmationLink(t *testing.T) {
	covers(t, "SignUp")
	covers(t, "ResendConfirmationCode")
	skipElsewhere(t)
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byLink)
		name := "änn&co+1"
		did(f.signUp(t, name, "email=ann@link.example"))(t)
		first := e.link(t, "ann@link.example")
		if want := e.url + "/confirmUser/?client_id=" + f.client + "&user_name=" + url.QueryEscape(name) + "&confirmation_code=" + e.newest(t, "ann@link.example").Code; first != want {
			t.Errorf("link %q, want %q", first, want)
		}
		if m := e.newest(t, "ann@link.example"); m.Subject != "Your verification link" {
			t.Errorf("subject %q", m.Subject)
		}
		did(f.resend(t, name))(t)
		second := e.link(t, "ann@link.example")
		for range 2 {
			status, heading := visit(t, http.MethodGet, second, nil)
			wantPage(t, "opened", status, heading, 200, asked)
		}
		if got := f.status(t, name); got != "UNCONFIRMED" {
			t.Errorf("after the page was opened: %s", got)
		}
		status, heading := press(t, first)
		wantPage(t, "the older link", status, heading, 400, unusable)
		status, heading = press(t, second)
		wantPage(t, "the link", status, heading, 200, confirmed)
		if got := f.attributes(t, name); f.status(t, name) != "CONFIRMED" || got["email_verified"] != "true" {
			t.Errorf("afterwards: %s %v", f.status(t, name), got)
		}
		status, heading = press(t, second)
		wantPage(t, "again", status, heading, 400, unusable)
		for _, outcome := range []string{"ok", "ExpiredCodeException"} {
			if !strings.Contains(e.srv.Log(), `"operation":"ConfirmSignUp","outcome":"`+outcome+`","pool":"`+f.pool+`"`) {
				t.Errorf("no audit record of %s", outcome)
			}
		}
	})
}

// Who has no link, or one of somebody else, learns and changes nothing.
func TestConfirmationLinkTellsNothing(t *testing.T) {
	skipElsewhere(t)
	onEachEngine(t, func(t *testing.T, e *env) {
		f, coded := newFixture(t, e, byLink), newFixture(t, e, byEmail)
		for _, name := range []string{"new", "off", "done"} {
			did(f.signUp(t, name, "email="+name+"@tell.example"))(t)
		}
		did(coded.signUp(t, "coder", "email=coder@tell.example"))(t)
		did(f.AdminDisableUser(t.Context(), &cip.AdminDisableUserInput{UserPoolId: &f.pool, Username: aws.String("off")}))(t)
		did(f.AdminConfirmSignUp(t.Context(), &cip.AdminConfirmSignUpInput{UserPoolId: &f.pool, Username: aws.String("done")}))(t)
		at := func(client, name, code string) string {
			return e.url + "/confirmUser?" + url.Values{"client_id": {client}, "user_name": {name}, "confirmation_code": {code}}.Encode()
		}
		for what, link := range map[string]string{
			"a wrong code":         at(f.client, "new", "not it"),
			"a disabled user":      at(f.client, "off", e.newest(t, "off@tell.example").Code),
			"a confirmed user":     at(f.client, "done", e.newest(t, "done@tell.example").Code),
			"nobody":               at(f.client, "nobody", "123456"),
			"another pool's":       at(coded.client, "new", e.newest(t, "new@tell.example").Code),
			"a pool with codes":    at(coded.client, "coder", e.newest(t, "coder@tell.example").Code),
			"no such client":       at("nosuchclient", "new", "123456"),
			"endless members":      at(f.client, strings.Repeat("x", 600), strings.Repeat("1", 600)),
			"markup in the fields": at(`"><b>`, `"><script>`, "'"),
		} {
			status, heading := visit(t, http.MethodGet, link, nil)
			wantPage(t, what+", opened", status, heading, 200, asked)
			status, heading = press(t, link)
			wantPage(t, what, status, heading, 400, unusable)
		}
		for what, link := range map[string]string{
			"no members": e.url + "/confirmUser/", "no code": e.url + "/confirmUser/?client_id=x&user_name=y",
			"a member twice": at(f.client, "new", "1") + "&user_name=done",
		} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				_, query, _ := strings.Cut(link, "?")
				form, _ := url.ParseQuery(query)
				if method == http.MethodGet {
					form = nil
				}
				status, heading := visit(t, method, link, form)
				wantPage(t, method+" with "+what, status, heading, 400, "This link is not complete")
			}
		}
		status, heading := visit(t, http.MethodPost, e.url+"/confirmUser/", url.Values{"client_id": {strings.Repeat("x", 20<<10)}})
		wantPage(t, "a long form", status, heading, 400, "This link is not complete")
		for name, want := range map[string]types.UserStatusType{"new": "UNCONFIRMED", "off": "UNCONFIRMED"} {
			if got := f.status(t, name); got != want {
				t.Errorf("%s is %s", name, got)
			}
		}
		if got := coded.status(t, "coder"); got != "UNCONFIRMED" {
			t.Errorf("coder is %s", got)
		}
		e.noSecretsInLog(t, e.newest(t, "new@tell.example").Code)
	})
}

// noSecretsInLog fails if a text stands in the server's log.
func (e *env) noSecretsInLog(t *testing.T, secret string) {
	t.Helper()
	if stands(e.srv.Log(), secret) {
		t.Error("the log has a code")
	}
}

// Guesses at a link are counted with those at the code.
func TestConfirmationLinkIsGuessedFewTimes(t *testing.T) {
	skipElsewhere(t)
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byLink)
		did(f.signUp(t, "ann", "email=ann@guess.example"))(t)
		link := e.link(t, "ann@guess.example")
		for range 15 {
			press(t, link+"0")
		}
		status, heading := press(t, link)
		wantPage(t, "the right link after wrong ones", status, heading, 429, "Too many attempts")
		wantFault(t, f.confirm(t, "ann", e.newest(t, "ann@guess.example").Code), "LimitExceededException", "Attempt limit exceeded, please try after some time.")
	})
}

// Only the sign-up's own mail has a link; text messages and other mail have codes.
func TestOnlySignUpHasLinks(t *testing.T) {
	covers(t, "UpdateUserAttributes")
	skipElsewhere(t)
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			byPhoneToo(in)
			in.VerificationMessageTemplate = &types.VerificationMessageTemplateType{
				DefaultEmailOption: types.DefaultEmailOptionTypeConfirmWithLink,
				EmailMessageByLink: aws.String("Go {##<b>here</b>##}"), EmailSubjectByLink: aws.String("Press"), EmailSubject: aws.String("Code"),
			}
		})
		phone := "+15550100777"
		did(f.signUp(t, "texter", "phone_number="+phone))(t)
		if m := e.newest(t, phone); m.Body != "Your confirmation code is "+m.Code {
			t.Errorf("text message %q", m.Body)
		}
		did(f.signUp(t, "mailer", "email=m@own.example"))(t)
		if m := e.newest(t, "m@own.example"); m.Subject != "Press" || !strings.HasPrefix(m.Body, `Go <a href="`) || !strings.HasSuffix(m.Body, `"><b>here</b></a>`) {
			t.Errorf("the pool's own text became %q, %q", m.Subject, m.Body)
		}
		status, heading := press(t, e.link(t, "m@own.example"))
		wantPage(t, "the link", status, heading, 200, confirmed)
		did(f.update(t, f.signIn(t, "mailer").AccessToken, "email=m2@own.example"))(t)
		if m := e.newest(t, "m2@own.example"); m.Subject != "Code" || m.Body != "Your verification code is "+m.Code {
			t.Errorf("a changed address was sent %q, %q", m.Subject, m.Body)
		}
	})
}

// Functions write the text around a link, and are told of a confirmation by link.
func TestConfirmationLinkAndFunctions(t *testing.T) {
	withFunctions(t, byLink, func(t *testing.T, f *fixture, r *functions.Runtime) {
		did(f.signUpWith(t, "ann", wish("greeting", "Hello", "link", "yes"), "email=ann@fn.example"))(t)
		if m := f.newest(t, "ann@fn.example"); !strings.HasPrefix(m.Body, "Hello, <a href=") || !strings.HasSuffix(m.Body, ">Click Here</a>") {
			t.Errorf("body %q", m.Body)
		}
		status, heading := press(t, f.link(t, "ann@fn.example"))
		wantPage(t, "the link", status, heading, 200, confirmed)
		events := r.Events(f.pool)
		var last struct {
			TriggerSource, UserName string
			CallerContext           struct{ ClientID string }
		}
		noError(t, json.Unmarshal(events[len(events)-1], &last))
		if last.TriggerSource != "PostConfirmation_ConfirmSignUp" || last.UserName != "ann" || last.CallerContext.ClientID != f.client {
			t.Errorf("the last event was %+v", last)
		}
	})
}
