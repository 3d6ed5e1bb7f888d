package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/internal/wire"
	"poolhouse.dev/poolhousetest"
)

const blockedText = "Request not allowed due to WAF block."

// aclFile writes a file of web ACLs.
func aclFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "acls.json")
	noError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// aclRule is a rule that matches a header.
func aclRule(name, priority, action, header, value string) string {
	return `{"Name":"` + name + `","Priority":` + priority + `,"Action":` + action + `,"Statement":{"ByteMatchStatement":{"SearchString":"` + value + `",
		"FieldToMatch":{"SingleHeader":{"Name":"` + header + `"}},"TextTransformations":[{"Priority":0,"Type":"NONE"}],"PositionalConstraint":"EXACTLY"}}}`
}

// Every operation that nobody signs, blocked by a rule of the pool's web ACL; those
// that are signed are not judged, nor what UpdateAuthEventFeedback says.
func TestWebACLBlocks(t *testing.T) {
	skipElsewhere(t)
	path := aclFile(t, `{"WebACLs":[{"Name":"all","UserPools":["*"],"DefaultAction":{"Allow":{}},"Rules":[`+
		aclRule("by-header", "0", `{"Block":{}}`, "X-Test", "block")+`,`+
		aclRule("puzzle", "1", `{"Captcha":{}}`, "X-Test", "captcha")+`,`+
		aclRule("own", "2", `{"Block":{"CustomResponse":{"ResponseCode":451,"CustomResponseBodyKey":"sorry"}}}`, "X-Test", "own")+`,`+
		aclRule("status", "3", `{"Block":{"CustomResponse":{"ResponseCode":404}}}`, "X-Test", "status")+`,`+
		aclRule("by-operation", "4", `{"Block":{}}`, "X-Amzn-Cognito-Operation-Name", "ForgotPassword")+
		`],"CustomResponseBodies":{"sorry":{"ContentType":"TEXT_PLAIN","Content":"Not here."}}}]}`)
	srv := poolhousetest.Start(t, poolhousetest.Options{WebACLs: path})
	e := &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}
	for i := range wire.Operations {
		op := &wire.Operations[i]
		if _, _, answer := e.raw(t, op.Name, "{}"); bytes.Contains(answer, []byte("UnknownOperationException")) {
			continue
		}
		header := []string{"X-Test", "block"}
		if op.Auth == wire.AuthSigV4 {
			header = append(header, e.signed(t, op.Name, "{}")...)
		}
		status, h, answer := e.raw(t, op.Name, "{}", header...)
		if op.Auth == wire.AuthSigV4 || op.Name == "UpdateAuthEventFeedback" {
			if bytes.Contains(answer, []byte("ForbiddenException")) {
				t.Errorf("%s, which is not judged, is blocked", op.Name)
			}
			continue
		}
		refuses(t, op.Name, "ForbiddenException")
		if want := `{"__type":"ForbiddenException","message":"` + blockedText + `"}`; status != 400 || string(answer) != want || h.Get("x-amzn-ErrorType") != "ForbiddenException:" {
			t.Errorf("%s: %d %s", op.Name, status, answer)
		}
	}
	for value, want := range map[string]string{
		"captcha": `400 application/x-amz-json-1.1 {"__type":"ForbiddenException","message":"Request not allowed due to WAF captcha."}`,
		"own":     `451 text/plain; charset=utf-8 Not here.`,
		"status":  `404 application/x-amz-json-1.1 {"__type":"ForbiddenException","message":"` + blockedText + `"}`,
	} {
		status, h, answer := e.raw(t, "GetUser", `{"AccessToken":"x"}`, "X-Test", value)
		if got := fmt.Sprint(status, " ", h.Get("Content-Type"), " ", string(answer)); got != want {
			t.Errorf("%s: %s", value, got)
		}
	}
	_, err := e.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{ClientId: aws.String("nosuchclient"), Username: aws.String("ann")})
	if blocked := (*types.ForbiddenException)(nil); !errors.As(err, &blocked) || blocked.ErrorMessage() != blockedText {
		t.Errorf("the SDK sees %v", err)
	}
	if log := srv.Log(); !strings.Contains(log, `"rule":"by-header"`) || !strings.Contains(log, `"web_acl":"all"`) {
		t.Error("the log does not tell which rule blocked")
	}
}

// A web ACL judges the requests of its pool alone, however they name it: here
// nobody on this machine may use one pool, whose administrators are not affected,
// and ten calls in five minutes are what the other allows.
func TestWebACLOfAPool(t *testing.T) {
	refuses(t, "UpdateUserAttributes", "ForbiddenException")
	skipElsewhere(t)
	c := &clock{}
	c.stop(t)
	o := poolhousetest.Options{Data: t.TempDir(), Now: c.now, PublicURL: "http://id.example"}
	launch := func() *env {
		srv, err := poolhousetest.Launch(o)
		noError(t, err)
		return &env{Client: newClient(srv.URL, func(o *cip.Options) { o.HTTPSignerV4 = c }), url: srv.URL, srv: srv}
	}
	e := launch()
	closed, limited, open := newFixture(t, e, byLink), newFixture(t, e, nil), newFixture(t, e, nil)
	tokens := map[*fixture]*string{}
	for _, f := range []*fixture{closed, limited, open} {
		f.user(t, "ann")
		tokens[f] = f.signIn(t, "ann").AccessToken
	}
	noError(t, e.srv.Close())
	o.WebACLs = aclFile(t, `{"IPSets":[{"Name":"here","Addresses":["127.0.0.0/8"]}],"WebACLs":[
		{"Name":"closed","UserPools":["`+closed.pool+`"],"DefaultAction":{"Allow":{}},"Rules":[{"Name":"here","Priority":0,"Action":{"Block":{}},"Statement":{"IPSetReferenceStatement":{"ARN":"here"}}}]},
		{"Name":"limited","UserPools":["`+limited.pool+`"],"DefaultAction":{"Allow":{}},"Rules":[{"Name":"rate","Priority":0,"Action":{"Block":{}},"Statement":{"RateBasedStatement":{"Limit":10,"AggregateKeyType":"IP"}}}]}]}`)
	e = launch()
	defer func() { noError(t, e.srv.Close()) }()
	for _, f := range []*fixture{closed, limited, open} {
		f.env = e
	}
	wantFault(t, setAttribute(t, e, tokens[closed], "name", "Ann"), "ForbiddenException", blockedText)
	_, err := closed.trySignIn(t, "ann", password)
	wantFault(t, err, "ForbiddenException", blockedText)
	if got := closed.attributes(t, "ann"); got["name"] != "" {
		t.Errorf("a blocked call changed %v", got)
	}
	noError(t, closed.adminUpdate(t, "ann", "name=Ann"))
	noError(t, setAttribute(t, e, tokens[open], "name", "Ann"))
	wantTally(t, race(40, func(i int) error {
		if i%2 == 0 {
			return tokenCalls["GetUser"](t.Context(), e.Client, tokens[limited])
		}
		_, err := limited.trySignIn(t, "ann", password)
		return err
	}), map[string]int{"": 10, "ForbiddenException: " + blockedText: 30})
	c.advance(6 * time.Minute)
	noError(t, tokenCalls["GetUser"](t.Context(), e.Client, tokens[limited]))
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		req, err := http.NewRequestWithContext(t.Context(), method, e.url+"/confirmUser/?client_id="+closed.client+"&user_name=a&confirmation_code=1", strings.NewReader("client_id="+closed.client+"&user_name=a&confirmation_code=1"))
		noError(t, err)
		resp, err := web.Do(req)
		noError(t, err)
		page, err := io.ReadAll(resp.Body)
		noError(t, errors.Join(err, resp.Body.Close()))
		if resp.StatusCode != http.StatusForbidden || !bytes.Contains(page, []byte("This request is not allowed")) {
			t.Errorf("%s of a page: %d %s", method, resp.StatusCode, page)
		}
	}
}

// A rule in Coraza's language sees what is inside of a JSON body.
func TestWebACLWithCoraza(t *testing.T) {
	skipElsewhere(t)
	directives := filepath.Join(t.TempDir(), "rules.conf")
	noError(t, os.WriteFile(directives, []byte(`
SecRuleEngine On
SecRequestBodyAccess On
SecRule REQUEST_HEADERS:Content-Type "@beginsWith application/x-amz-json" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule ARGS "@rx (?i)<script" "id:2,phase:2,deny,status:403"
`), 0o600))
	name, err := json.Marshal(directives)
	noError(t, err)
	path := aclFile(t, `{"WebACLs":[{"Name":"coraza","UserPools":["*"],"DefaultAction":{"Allow":{}},"Coraza":{"DirectivesFile":`+string(name)+`}}]}`)
	srv := poolhousetest.Start(t, poolhousetest.Options{WebACLs: path})
	e := &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}
	f := newFixture(t, e, nil)
	f.user(t, "ann")
	token := f.signIn(t, "ann").AccessToken
	noError(t, setAttribute(t, e, token, "name", "Ann < Bob"))
	wantFault(t, setAttribute(t, e, token, "name", "<SCRIPT>"), "ForbiddenException", blockedText)
	if got := f.own(t, token)["name"]; got != "Ann < Bob" {
		t.Errorf("the name is %q", got)
	}
}
