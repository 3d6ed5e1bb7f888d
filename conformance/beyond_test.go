package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/poolhousetest"
)

const (
	undoAsked = "Undo the change of your address?"
	undone    = "The change is undone"
	noticed   = "Your e-mail address was changed"
)

// beyond runs a test on servers of its own with what Cognito does not do switched
// on, and with a clock.
func beyond(t *testing.T, test func(t *testing.T, e *env, c *clock)) {
	t.Helper()
	onOwnServers(t, func(t *testing.T, o poolhousetest.Options) {
		c := &clock{}
		o.Now, o.EmailChangeUndo, o.AttributeHistory, o.ShowPendingAttributes = c.now, 72*time.Hour, 24*time.Hour, true
		srv := poolhousetest.Start(t, o)
		test(t, &env{Client: newClient(srv.URL, func(o *cip.Options) { o.HTTPSignerV4 = c }), url: srv.URL, srv: srv}, c)
	})
}

// notice waits for the n-th notice to an address, counted from 1, and returns it.
func (e *env) notice(t *testing.T, to string, n int) poolhousetest.Message {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		list, err := e.srv.Messages(to)
		noError(t, err)
		var notices []poolhousetest.Message
		for _, m := range list {
			if m.Subject == noticed {
				notices = append(notices, m)
			}
		}
		if len(notices) >= n {
			return notices[len(notices)-n]
		}
	}
	t.Fatalf("no notice to %s", to)
	return poolhousetest.Message{}
}

// A change of the e-mail address, however it comes about, is told to the old one;
// its link restores the address, once, and ends every sign-in.
func TestEmailChangeIsUndone(t *testing.T) {
	covers(t, "UpdateUserAttributes")
	covers(t, "VerifyUserAttribute")
	beyond(t, func(t *testing.T, e *env, c *clock) {
		for name, change := range map[string]func(*cip.CreateUserPoolInput){
			"proved first": verifies("email", true),
			"at once":      verifies("email", false),
			"as a sign-in name": func(in *cip.CreateUserPoolInput) {
				verifies("email", true)(in)
				in.AliasAttributes = []types.AliasAttributeType{"email"}
			},
		} {
			f := newFixture(t, e, change)
			id := strings.ReplaceAll(name, " ", "-")
			old, other := id+"@old.example", id+"@new.example"
			f.user(t, "ann", "email="+old, "email_verified=true")
			token := f.signIn(t, "ann").AccessToken
			did(f.update(t, token, "email="+other))(t)
			if name != "at once" {
				noError(t, f.verify(t, token, "email", f.code(t, other)))
			}
			m := e.notice(t, old, 1)
			for _, want := range []string{"account ann.", mask(other), "before "} {
				if !strings.Contains(m.Body, want) {
					t.Errorf("%s: the notice lacks %q: %s", name, want, m.Body)
				}
			}
			if strings.Contains(m.Body, other) {
				t.Errorf("%s: the notice tells the new address", name)
			}
			did(f.update(t, token, "email="+id+"@third.example"))(t) // a code is on its way
			link := e.link(t, old)
			status, heading := visit(t, http.MethodGet, link, nil)
			wantPage(t, name, status, heading, 200, undoAsked)
			if got := f.attributes(t, "ann"); got["email"] == old {
				t.Errorf("%s: opening the link undid the change", name)
			}
			status, heading = press(t, link)
			wantPage(t, name, status, heading, 200, undone)
			if got := f.attributes(t, "ann"); got["email"] != old || got["email_verified"] != "true" {
				t.Errorf("%s: afterwards %v", name, got)
			}
			wantFault(t, tokenCalls["GetUser"](t.Context(), e.Client, token), "NotAuthorizedException", revokedToken)
			status, heading = press(t, link)
			wantPage(t, name+", again", status, heading, 400, unusable)
			again := f.signIn(t, "ann").AccessToken
			wantFault(t, f.verify(t, again, "email", f.code(t, id+"@third.example")), "ExpiredCodeException", codeExpired)
			if name == "as a sign-in name" {
				if _, err := f.trySignIn(t, old, password); err != nil {
					t.Errorf("the old name: %v", err)
				}
				if _, err := f.trySignIn(t, other, password); err == nil {
					t.Error("the new name still signs in")
				}
			}
		}
	})
}

// mask is how an address is shown.
func mask(address string) string {
	name, host, _ := strings.Cut(address, "@")
	return name[:1] + "***@" + host[:1] + "***"
}

// Who took an account over, and changes the address again, gets no right to undo
// against the owner, whose right lasts for its time and no longer.
func TestRightToUndo(t *testing.T) {
	beyond(t, func(t *testing.T, e *env, c *clock) {
		f := newFixture(t, e, verifies("email", true))
		move := func(token *string, to string) {
			t.Helper()
			did(f.update(t, token, "email="+to))(t)
			noError(t, f.verify(t, token, "email", f.code(t, to)))
		}
		f.user(t, "ann", "email=ann@right.example", "email_verified=true")
		token := f.signIn(t, "ann").AccessToken
		move(token, "thief@right.example")
		owner := linkForm.FindStringSubmatch(e.notice(t, "ann@right.example", 1).Body)[1]
		move(token, "thief2@right.example")
		if m := e.notice(t, "thief@right.example", 1); linkForm.MatchString(m.Body) {
			t.Errorf("the second notice has a link: %s", m.Body)
		}
		owner = strings.ReplaceAll(owner, "&amp;", "&")
		address, query, _ := strings.Cut(owner, "?")
		form, err := url.ParseQuery(query)
		noError(t, err)
		for what, change := range map[string]func(url.Values){
			"a wrong token": func(v url.Values) { v.Set("token", v.Get("token")+"0") },
			"another user":  func(v url.Values) { v.Set("sub", "00000000-0000-4000-8000-000000000000") },
			"another pool":  func(v url.Values) { v.Set("user_pool_id", "us-east-1_nothing") },
		} {
			other, _ := url.ParseQuery(query)
			change(other)
			status, heading := visit(t, http.MethodPost, address, other)
			wantPage(t, what, status, heading, 400, unusable)
		}
		form.Del("token")
		status, heading := visit(t, http.MethodPost, address, form)
		wantPage(t, "no token", status, heading, 400, "This link is not complete")
		c.advance(71 * time.Hour)
		status, heading = press(t, owner)
		wantPage(t, "the owner", status, heading, 200, undone)
		if got := f.attributes(t, "ann")["email"]; got != "ann@right.example" {
			t.Errorf("the address is %s", got)
		}

		// Too late, and where the address is taken.
		for _, name := range []string{"late", "taken"} {
			f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
				verifies("email", true)(in)
				in.AliasAttributes = []types.AliasAttributeType{"email"}
			})
			f.user(t, name, "email="+name+"@right.example", "email_verified=true")
			token := f.signIn(t, name).AccessToken
			did(f.update(t, token, "email="+name+"2@right.example"))(t)
			noError(t, f.verify(t, token, "email", f.code(t, name+"2@right.example")))
			link := strings.ReplaceAll(linkForm.FindStringSubmatch(e.notice(t, name+"@right.example", 1).Body)[1], "&amp;", "&")
			want := unusable
			if name == "taken" {
				f.user(t, "bob", "email=taken@right.example", "email_verified=true")
				want = "That did not work"
			} else {
				c.advance(73 * time.Hour)
			}
			status, heading := press(t, link)
			wantPage(t, name, status, heading, 400, want)
			if got := f.attributes(t, name)["email"]; got != name+"2@right.example" {
				t.Errorf("%s: the address is %s", name, got)
			}
		}
		e.noSecretsInLog(t, strings.TrimSuffix(query[strings.Index(query, "token=")+len("token="):], "&"))
	})
}

// Nobody is told of an administrator's change, of an address that was not proven,
// or of anything where it is not asked for.
func TestNoticesAreFew(t *testing.T) {
	quiet := func(t *testing.T, e *env, asked bool) {
		f := newFixture(t, e, verifies("email", false))
		f.user(t, "ann", "email=ann@few.example", "email_verified=true")
		f.user(t, "bob", "email=bob@few.example")
		f.user(t, "cyd", "email=cyd@few.example", "email_verified=true")
		noError(t, f.adminUpdate(t, "ann", "email=ann2@few.example", "email_verified=true"))
		did(f.update(t, f.signIn(t, "bob").AccessToken, "email=bob2@few.example"))(t)
		did(f.update(t, f.signIn(t, "cyd").AccessToken, "name=Cyd"))(t)
		if !asked {
			did(f.update(t, f.signIn(t, "cyd").AccessToken, "email=cyd2@few.example"))(t)
		}
		time.Sleep(100 * time.Millisecond)
		for _, to := range []string{"ann@few.example", "bob@few.example", "cyd@few.example"} {
			if n := e.messages(t, to); n != 0 {
				t.Errorf("%d messages to %s", n, to)
			}
		}
	}
	beyond(t, func(t *testing.T, e *env, _ *clock) { quiet(t, e, true) })
	onEachEngine(t, func(t *testing.T, e *env) { quiet(t, e, false) })
}

// pendingAttributes returns what the answer of AdminGetUser has beyond the model.
func (f *fixture) pendingAttributes(t *testing.T, name string) any {
	t.Helper()
	return f.wantCall(t, "AdminGetUser", `{"UserPoolId":"`+f.pool+`","Username":"`+name+`"}`, "")["Poolhouse"]
}

// An administrator sees a value that waits for its proof, where that is asked for,
// and makes it void by giving the stored value again.
func TestPendingAttributesAreShown(t *testing.T) {
	covers(t, "AdminGetUser")
	covers(t, "AdminUpdateUserAttributes")
	onOwnServers(t, func(t *testing.T, o poolhousetest.Options) {
		o.ShowPendingAttributes = true
		srv := poolhousetest.Start(t, o)
		e := &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}
		f := newFixture(t, e, verifies("both", true))
		f.user(t, "ann", "email=ann@pending.example", "email_verified=true", "phone_number=+15550100", "phone_number_verified=true")
		token := f.signIn(t, "ann").AccessToken
		none := map[string]any{"PendingAttributes": []any{}}
		if diff := cmp.Diff(any(none), f.pendingAttributes(t, "ann")); diff != "" {
			t.Error(diff)
		}
		did(f.update(t, token, "email=ann2@pending.example", "phone_number=+15550101"))(t)
		got, _ := f.pendingAttributes(t, "ann").(map[string]any)
		list, _ := got["PendingAttributes"].([]any)
		for i, want := range []map[string]any{{"Name": "email", "Value": "ann2@pending.example"}, {"Name": "phone_number", "Value": "+15550101"}} {
			if i >= len(list) {
				t.Fatalf("pending: %v", got)
			}
			one := list[i].(map[string]any)
			if at, ok := one["ExpiresAt"].(float64); !ok || time.Until(time.Unix(int64(at), 0)) < 23*time.Hour {
				t.Errorf("ExpiresAt %v", one["ExpiresAt"])
			}
			delete(one, "ExpiresAt")
			if diff := cmp.Diff(want, one); diff != "" {
				t.Error(diff)
			}
		}
		// Every SDK reads the answer as before.
		did(f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: aws.String("ann")}))(t)
		noError(t, f.adminUpdate(t, "ann", "email=ann@pending.example", "phone_number=+15550100"))
		if diff := cmp.Diff(any(none), f.pendingAttributes(t, "ann")); diff != "" {
			t.Error(diff)
		}
		wantFault(t, f.verify(t, token, "email", f.code(t, "ann2@pending.example")), "ExpiredCodeException", codeExpired)
		if got := f.attributes(t, "ann"); got["email_verified"] != "true" || got["phone_number_verified"] != "true" {
			t.Errorf("the stored values are %v", got)
		}
	})
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		if got := f.pendingAttributes(t, "ann"); got != nil {
			t.Errorf("not asked for: %v", got)
		}
	})
}

// command is the poolhouse command, built once.
var command = sync.OnceValues(func() (string, error) {
	path := filepath.Join(folder, "poolhouse")
	out, err := exec.Command("go", "build", "-o", path, "poolhouse.dev/cmd/poolhouse").CombinedOutput()
	if err != nil {
		return string(out), err
	}
	return path, nil
})

// historyLine is a line of `poolhouse history`.
type historyLine struct {
	UserPoolID, Sub, ID, Operation, ClientID, AccessKeyID string
	At                                                    time.Time
	Attributes                                            []struct{ Name, Old, New string }
}

// history runs `poolhouse history` and returns what it wrote, line by line.
func (f *fixture) history(t *testing.T, args ...string) (lines []historyLine, text string) {
	t.Helper()
	out, told, err := f.askHistory(t, append([]string{"--user-pool-id", f.pool}, args...)...)
	if err != nil {
		t.Fatalf("poolhouse history: %v: %s", err, told)
	}
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		var line historyLine
		noError(t, json.Unmarshal(s.Bytes(), &line))
		lines = append(lines, line)
	}
	return lines, string(out)
}

// askHistory runs `poolhouse history`.
func (f *fixture) askHistory(t *testing.T, args ...string) (out []byte, told string, err error) {
	t.Helper()
	path, err := command()
	if err != nil {
		t.Fatal(path, err)
	}
	cmd := exec.Command(path, append([]string{"history", "--endpoint", f.url}, args...)...)
	cmd.Env = append(cmd.Environ(), "POOLHOUSE_ROOT_ACCESS_KEY_ID="+poolhousetest.AccessKeyID, "POOLHOUSE_ROOT_SECRET_ACCESS_KEY="+poolhousetest.SecretAccessKey)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err = cmd.Output()
	return out, stderr.String(), err
}

// Each change leaves an entry in the history and a line in the log: by whom, which
// attributes, and hashes that are equal for equal values and tell nothing else.
func TestAttributeHistory(t *testing.T) {
	onOwnServers(t, func(t *testing.T, o poolhousetest.Options) {
		o.AttributeHistory, o.EmailChangeUndo = time.Hour, time.Hour
		srv := poolhousetest.Start(t, o)
		e := &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}
		f := newFixture(t, e, verifies("email", true))
		f.user(t, "ann", "email=ann@history.example", "email_verified=true", "name=Ann")
		f.user(t, "bob", "name=Ann")
		token := f.signIn(t, "ann").AccessToken
		did(f.update(t, token, "name=Anna", "email=anna@history.example"))(t)
		did(f.update(t, token, "name=Anna"))(t) // changes nothing
		noError(t, f.verify(t, token, "email", f.code(t, "anna@history.example")))
		did(f.DeleteUserAttributes(t.Context(), &cip.DeleteUserAttributesInput{AccessToken: token, UserAttributeNames: []string{"name"}}))(t)
		noError(t, f.adminUpdate(t, "ann", "name=Ann"))
		noError(t, f.adminUpdate(t, "bob", "name=Bob"))
		e.notice(t, "ann@history.example", 1)
		press(t, e.link(t, "ann@history.example"))
		lines, text := f.history(t, "--username", "ann")
		type brief struct{ operation, by, names string }
		var got []brief
		values := map[string][2]string{}
		for _, l := range lines {
			b := brief{operation: l.Operation, by: l.AccessKeyID}
			if l.ClientID == f.client {
				b.by = "client"
			}
			for _, a := range l.Attributes {
				b.names += a.Name + " "
				values[l.Operation+" "+a.Name] = [2]string{a.Old, a.New}
			}
			if l.UserPoolID != f.pool || time.Since(l.At).Abs() > time.Minute || l.Sub == "" {
				t.Errorf("entry %+v", l)
			}
			got = append(got, b)
		}
		want := []brief{
			{"UpdateUserAttributes", "client", "name "}, {"VerifyUserAttribute", "client", "email "}, {"DeleteUserAttributes", "client", "name "},
			{"AdminUpdateUserAttributes", poolhousetest.AccessKeyID, "name "}, {"UndoEmailChange", "", "email "},
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(brief{})); diff != "" {
			t.Errorf("entries (-want +got):\n%s", diff)
		}
		ann, anna := values["UpdateUserAttributes name"][0], values["UpdateUserAttributes name"][1]
		if ann == "" || anna == "" || ann == anna || values["DeleteUserAttributes name"] != [2]string{anna, ""} || values["AdminUpdateUserAttributes name"] != [2]string{"", ann} {
			t.Errorf("hashes %v", values)
		}
		if proved := values["VerifyUserAttribute email"]; values["UndoEmailChange email"] != [2]string{proved[1], proved[0]} {
			t.Errorf("hashes of the address %v", values)
		}
		all, _ := f.history(t)
		if len(all) != len(lines)+1 {
			t.Errorf("the pool has %d entries, ann %d", len(all), len(lines))
		}
		for _, l := range all {
			if l.Sub != lines[0].Sub && l.Attributes[0].Old != ann {
				t.Errorf("the same name of another user has the hash %s", l.Attributes[0].Old)
			}
		}
		bySub, _ := f.history(t, "--sub", lines[0].Sub)
		if len(bySub) != len(lines) {
			t.Errorf("%d entries by sub", len(bySub))
		}
		if n := strings.Count(srv.Log(), `"msg":"attributes changed"`); n != len(all) {
			t.Errorf("%d lines in the log for %d entries", n, len(all))
		}
		for _, secret := range []string{"Anna", "@history.example"} {
			if strings.Contains(text, secret) || strings.Contains(srv.Log(), secret) {
				t.Errorf("%s is told", secret)
			}
		}
		// Unsigned, and of a pool that is not there.
		resp := e.asBrowser(t, http.MethodGet, "/_poolhouse/attribute-changes?user_pool_id="+f.pool)
		if resp.StatusCode != http.StatusBadRequest || resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("unsigned: %d", resp.StatusCode)
		}
		if _, told, err := f.askHistory(t, "--user-pool-id", "us-east-1_Nobody000"); err == nil || !strings.Contains(told, "us-east-1_Nobody000 does not exist") {
			t.Errorf("a pool that is not there: %v: %s", err, told)
		}
		for outcome, n := range map[string]int{"ok": 3, "MissingAuthenticationTokenException": 1, "ResourceNotFoundException": 1} {
			if got := strings.Count(srv.Log(), `"operation":"ListAttributeChanges","outcome":"`+outcome+`"`); got != n {
				t.Errorf("%d audit records of reading the history end with %s, want %d", got, outcome, n)
			}
		}
	})
}
