package awsjson_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/awsjson"
	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/wire"
)

// reply is an answer as a client sees it.
type reply struct {
	status int
	header http.Header
	body   string
}

// code returns the exception's name in the body.
func (r reply) code(t *testing.T) string {
	t.Helper()
	var body struct {
		Type string `json:"__type"`
	}
	if err := json.Unmarshal([]byte(r.body), &body); err != nil {
		t.Fatalf("body %q: %v", r.body, err)
	}
	return body.Type
}

// post sends a body to an operation of a server with config; edit changes the
// request before it is sent.
func post(t *testing.T, config awsjson.Config, operation, body string, edit ...func(*http.Request)) reply {
	t.Helper()
	server := httptest.NewServer(awsjson.New(config))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", wire.TargetPrefix+operation)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	for _, change := range edit {
		change(r)
	}
	return send(t, r)
}

func send(t *testing.T, r *http.Request) reply {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, string(body)}
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// answering is a server whose GetUser returns out and err.
func answering(out *wire.GetUserResponse, err error) awsjson.Config {
	return awsjson.Config{
		Logger: slog.New(slog.DiscardHandler),
		Handlers: &wire.Handlers{
			GetUser: func(context.Context, *wire.GetUserRequest) (*wire.GetUserResponse, error) { return out, err },
		},
	}
}

const goodToken = `{"AccessToken":"a.b.c"}`

func TestSuccess(t *testing.T) {
	got := post(t, answering(&wire.GetUserResponse{
		Username: wire.Ptr("<ü>"), UserAttributes: []wire.AttributeType{}, MFAOptions: nil,
	}, nil), "GetUser", goodToken)
	if got.status != 200 || got.body != `{"Username":"<ü>","UserAttributes":[]}` {
		t.Errorf("status %d, body %s", got.status, got.body)
	}
	if got.header.Get("Content-Type") != "application/x-amz-json-1.1" ||
		got.header.Get("Content-Length") != fmt.Sprint(len(got.body)) || got.header.Get("Date") == "" {
		t.Errorf("headers %v", got.header)
	}
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	if id := got.header.Get("x-amzn-RequestId"); !uuid.MatchString(id) {
		t.Errorf("request id %q", id)
	}
	for name := range got.header {
		if strings.HasPrefix(name, "Access-Control") || strings.HasPrefix(name, "X-Amzn-Error") {
			t.Errorf("header %s without a reason", name)
		}
	}
}

func TestNilOutputIsTheEmptyStructure(t *testing.T) {
	if got := post(t, answering(nil, nil), "GetUser", goodToken); got.status != 200 || got.body != "{}" {
		t.Errorf("status %d, body %q", got.status, got.body)
	}
}

func TestOperationWithoutOutputAnswersWithNothing(t *testing.T) {
	config := awsjson.Config{Handlers: &wire.Handlers{
		DeleteUser: func(context.Context, *wire.DeleteUserRequest) error { return nil },
	}}
	got := post(t, config, "DeleteUser", goodToken)
	if got.status != 200 || got.body != "" || got.header.Get("Content-Length") != "0" {
		t.Errorf("status %d, body %q, headers %v", got.status, got.body, got.header)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		name          string
		err           error
		status        int
		body          string
		kind, message string // headers
	}{
		{
			"fault", fault.NotAuthorized("Invalid Access Token"), 400,
			`{"__type":"NotAuthorizedException","message":"Invalid Access Token"}`,
			"NotAuthorizedException:", "Invalid Access Token",
		},
		{
			"wrapped fault", fmt.Errorf("loading: %w", fault.UserNotConfirmed()), 400,
			`{"__type":"UserNotConfirmedException","message":"User is not confirmed."}`,
			"UserNotConfirmedException:", "User is not confirmed.",
		},
		{
			"reason", &fault.Error{Code: "InvalidParameterException", Message: "m", Reason: "r"}, 400,
			`{"__type":"InvalidParameterException","message":"m","reasonCode":"r"}`, "InvalidParameterException:", "m",
		},
		{
			"two lines", fault.InvalidParameter("a\r\nb"), 400,
			`{"__type":"InvalidParameterException","message":"a\r\nb"}`, "InvalidParameterException:", "a  b",
		},
		{
			"no message", fault.New("ForbiddenException", ""), 400, `{"__type":"ForbiddenException"}`, "ForbiddenException:", "",
		},
		{
			"any other error", errors.New("disk full"), 500,
			`{"__type":"InternalErrorException","message":"Internal server error."}`,
			"InternalErrorException:", "Internal server error.",
		},
		{
			"deadline", fmt.Errorf("reading: %w", context.DeadlineExceeded), 500,
			`{"__type":"InternalErrorException","message":"Internal server error."}`,
			"InternalErrorException:", "Internal server error.",
		},
		{
			"constraint", &wire.ConstraintError{Message: "1 validation error detected: x"}, 400,
			`{"__type":"InvalidParameterException","message":"1 validation error detected: x"}`,
			"InvalidParameterException:", "1 validation error detected: x",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := post(t, answering(nil, test.err), "GetUser", goodToken)
			if got.status != test.status || got.body != test.body {
				t.Errorf("status %d, body %s", got.status, got.body)
			}
			if kind := got.header.Get("x-amzn-ErrorType"); kind != test.kind {
				t.Errorf("x-amzn-ErrorType %q", kind)
			}
			if message := got.header.Get("x-amzn-ErrorMessage"); message != test.message {
				t.Errorf("x-amzn-ErrorMessage %q", message)
			}
			if got.header.Get("Content-Type") != "application/x-amz-json-1.1" {
				t.Errorf("headers %v", got.header)
			}
		})
	}
}

func TestInternalFaultGoesByTheNameTheOperationKnows(t *testing.T) {
	config := awsjson.Config{
		Logger: slog.New(slog.DiscardHandler),
		Authenticate: func(*http.Request, []byte, time.Time) (awsjson.Signed, error) {
			return awsjson.Signed{}, errors.New("key store is away")
		},
		Handlers: &wire.Handlers{
			AddUserPoolClientSecret: func(context.Context, *wire.AddUserPoolClientSecretRequest) (*wire.AddUserPoolClientSecretResponse, error) {
				return nil, nil
			},
		},
	}
	if got := post(t, config, "AddUserPoolClientSecret", "{}"); got.status != 500 || got.code(t) != "InternalServerException" {
		t.Errorf("status %d, body %s", got.status, got.body)
	}
}

func TestLongMessageIsCutInTheHeaderOnly(t *testing.T) {
	message := strings.Repeat("ü", 2000)
	got := post(t, answering(nil, fault.InvalidParameter(message)), "GetUser", goodToken)
	if !strings.Contains(got.body, message) {
		t.Error("the body lacks a part of the message")
	}
	if h := got.header.Get("x-amzn-ErrorMessage"); h != message[:1024] {
		t.Errorf("header of %d bytes", len(h))
	}
}

func TestRouting(t *testing.T) {
	plain := header("Content-Type", "application/json")
	for _, test := range []struct {
		name      string
		operation string
		edit      func(*http.Request)
		status    int
		code      string
	}{
		{"parameters in the content type", "GetUser", header("Content-Type", "application/x-amz-json-1.1; charset=UTF-8"), 200, ""},
		{"version 1.0", "GetUser", header("Content-Type", "Application/X-Amz-Json-1.0"), 200, ""},
		{"wrong content type", "GetUser", plain, 400, "SerializationException"},
		{"no content type", "GetUser", func(r *http.Request) { r.Header.Del("Content-Type") }, 400, "SerializationException"},
		{"unknown operation", "GetUsers", header("X-A", "b"), 400, "UnknownOperationException"},
		{"case of the operation", "getUser", header("X-A", "b"), 400, "UnknownOperationException"},
		{"another service", "", header("X-Amz-Target", "DynamoDB_20120810.GetItem"), 400, "UnknownOperationException"},
		{"no target", "", func(r *http.Request) { r.Header.Del("X-Amz-Target") }, 404, "UnknownOperationException"},
		{"unknown in another protocol", "GetUsers", plain, 404, "UnknownOperationException"},
		{"another method", "GetUser", func(r *http.Request) { r.Method = http.MethodPut }, 404, "UnknownOperationException"},
		{"another path", "GetUser", func(r *http.Request) { r.URL.Path = "/x" }, 404, "UnknownOperationException"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := post(t, answering(nil, nil), test.operation, goodToken, test.edit)
			if got.status != test.status {
				t.Errorf("status %d, body %s", got.status, got.body)
			}
			want := "{}"
			if test.code != "" {
				want = `{"__type":"` + test.code + `"}`
			}
			if got.body != want {
				t.Errorf("body %s, want %s", got.body, want)
			}
		})
	}
}

func TestOperationThatIsNotBuilt(t *testing.T) {
	for name, body := range map[string]string{"CreateGroup": "not even JSON", "SignUp": "{}"} {
		got := post(t, answering(nil, nil), name, body)
		want := `{"__type":"UnknownOperationException","message":"Operation ` + name + ` is not built in this version of poolhouse."}`
		if got.status != 400 || got.body != want {
			t.Errorf("status %d, body %s", got.status, got.body)
		}
	}
}

func TestBodyTooLarge(t *testing.T) {
	config := answering(nil, nil)
	config.MaxBody = 64
	big := `{"AccessToken":"` + strings.Repeat("a", 64) + `"}`
	for name, edit := range map[string]func(*http.Request){
		"announced": header("Origin", "https://app.example"),
		"chunked":   func(r *http.Request) { r.ContentLength = -1; r.Header.Set("Origin", "https://app.example") },
	} {
		t.Run(name, func(t *testing.T) {
			got := post(t, config, "GetUser", big, edit)
			if got.status != 413 || got.body != "" || got.header.Get("Content-Length") != "0" ||
				got.header.Get("x-amzn-RequestId") == "" || got.header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("status %d, body %q, headers %v", got.status, got.body, got.header)
			}
		})
	}
	if got := post(t, config, "GetUser", goodToken); got.status != 200 {
		t.Errorf("a small body: status %d", got.status)
	}
}

func TestDefaultBodyLimitHoldsTheDocumentedCeiling(t *testing.T) {
	got := post(t, answering(nil, nil), "GetUser", `{"Unknown":"`+strings.Repeat("x", 2<<20)+`","AccessToken":"t"}`)
	if got.status != 200 {
		t.Errorf("status %d, body %.200s", got.status, got.body)
	}
}

func TestBrowsersSeeEveryAnswer(t *testing.T) {
	origin := header("Origin", "https://app.example")
	for name, got := range map[string]reply{
		"success":       post(t, answering(nil, nil), "GetUser", goodToken, origin),
		"client fault":  post(t, answering(nil, nil), "GetUser", "{}", origin),
		"server fault":  post(t, answering(nil, errors.New("x")), "GetUser", goodToken, origin),
		"unknown":       post(t, answering(nil, nil), "Nothing", goodToken, origin),
		"no such route": post(t, answering(nil, nil), "", goodToken, origin, func(r *http.Request) { r.Header.Del("X-Amz-Target") }),
	} {
		t.Run(name, func(t *testing.T) {
			want := http.Header{
				"Access-Control-Allow-Origin":   {"*"},
				"Access-Control-Expose-Headers": {"x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"},
			}
			for name, value := range want {
				if diff := cmp.Diff(value, got.header[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			if got.header.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("credentials are allowed")
			}
		})
	}
}

func TestPreflight(t *testing.T) {
	options := func(r *http.Request) { r.Method = http.MethodOptions; r.Header.Del("X-Amz-Target") }
	got := post(t, answering(nil, nil), "", "", options, header("Origin", "https://app.example"),
		header("Access-Control-Request-Method", "POST"), header("Access-Control-Request-Headers", "x-amz-target,x-new"))
	if got.status != 200 || got.body != "" || got.header.Get("x-amzn-RequestId") == "" {
		t.Errorf("status %d, body %q, headers %v", got.status, got.body, got.header)
	}
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin":  "*",
		"Access-Control-Allow-Methods": "POST",
		"Access-Control-Allow-Headers": "x-amz-target,x-new",
		"Access-Control-Max-Age":       "172800",
	} {
		if value := got.header.Get(name); value != want {
			t.Errorf("%s: %q, want %q", name, value, want)
		}
	}
	bare := post(t, answering(nil, nil), "", "", options)
	if bare.status != 200 || bare.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("without an origin: status %d, headers %v", bare.status, bare.header)
	}
}

func TestPanicIsAnsweredAndLogged(t *testing.T) {
	for name, value := range map[string]any{"text": "secret-value", "runtime": nil} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			config := awsjson.Config{
				Logger: slog.New(slog.NewTextHandler(&log, nil)),
				Handlers: &wire.Handlers{
					GetUser: func(_ context.Context, in *wire.GetUserRequest) (*wire.GetUserResponse, error) {
						if value == nil {
							var none *wire.GetUserResponse
							none.Username = in.AccessToken // a nil pointer
						}
						panic(value)
					},
				},
			}
			got := post(t, config, "GetUser", goodToken)
			if got.status != 500 || got.code(t) != "InternalErrorException" {
				t.Errorf("status %d, body %s", got.status, got.body)
			}
			text := log.String()
			for _, want := range []string{"operation=GetUser", got.header.Get("x-amzn-RequestId"), "server_test.go"} {
				if !strings.Contains(text, want) {
					t.Errorf("the log lacks %s:\n%s", want, text)
				}
			}
			if strings.Contains(text, "secret-value") || strings.Contains(text, "a.b.c") {
				t.Errorf("the log holds what it must not:\n%s", text)
			}
		})
	}
}

func TestOnlyOwnFailuresAreLogged(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
		body string
		want int
	}{
		{"refused by the handler", fault.NotAuthorized("no"), goodToken, 0},
		{"refused by the model", nil, `{"AccessToken":"secret token"}`, 0},
		{"failed", errors.New("disk full"), goodToken, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			config := answering(nil, test.err)
			config.Logger = slog.New(slog.NewTextHandler(&log, nil))
			post(t, config, "GetUser", test.body)
			if n := strings.Count(log.String(), "\n"); n != test.want {
				t.Errorf("%d lines, want %d:\n%s", n, test.want, log.String())
			}
			if strings.Contains(log.String(), "a.b.c") {
				t.Error("the log holds the token")
			}
		})
	}
}

func TestCallerReachesTheHandler(t *testing.T) {
	var got caller.Caller
	var deadline bool
	config := awsjson.Config{
		Account: "123456789012",
		Authenticate: func(*http.Request, []byte, time.Time) (awsjson.Signed, error) {
			return awsjson.Signed{AccessKeyID: "AKIDEXAMPLE", Region: "eu-west-1"}, nil
		},
		SourceIP: func(*http.Request) string { return "192.0.2.7" },
		Handlers: &wire.Handlers{
			ListUserPools: func(ctx context.Context, _ *wire.ListUserPoolsRequest) (*wire.ListUserPoolsResponse, error) {
				got = caller.From(ctx)
				_, deadline = ctx.Deadline()
				return nil, nil
			},
		},
	}
	answer := post(t, config, "ListUserPools", `{"MaxResults":1}`, header("User-Agent", "test/1"))
	want := caller.Caller{
		RequestID: answer.header.Get("x-amzn-RequestId"), AccessKeyID: "AKIDEXAMPLE", Region: "eu-west-1",
		Account: "123456789012", SourceIP: "192.0.2.7", UserAgent: "test/1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("caller (-want +got):\n%s", diff)
	}
	if !deadline {
		t.Error("the handler has no deadline")
	}
}

func TestUnsignedCallerComesFromTheConnection(t *testing.T) {
	config := answering(nil, nil)
	var got caller.Caller
	config.Admit = func(ctx context.Context, a awsjson.Arrival) error {
		got = caller.From(ctx)
		return fault.TooManyRequests("Rate exceeded: " + a.Operation.Name)
	}
	answer := post(t, config, "GetUser", goodToken, header("Authorization", "AWS4-HMAC-SHA256 nonsense"))
	if answer.status != 400 || answer.code(t) != "TooManyRequestsException" {
		t.Errorf("status %d, body %s", answer.status, answer.body)
	}
	if got.SourceIP != "127.0.0.1" || got.AccessKeyID != "" || got.Region != "" {
		t.Errorf("caller %+v", got)
	}
}

func TestOrderOfChecks(t *testing.T) {
	refuse := func(*http.Request, []byte, time.Time) (awsjson.Signed, error) {
		return awsjson.Signed{}, fault.New("InvalidSignatureException", "bad")
	}
	admit := func(_ *http.Request, body []byte, _ time.Time) (awsjson.Signed, error) {
		if len(body) == 0 {
			return awsjson.Signed{}, errors.New("the body is gone")
		}
		return awsjson.Signed{AccessKeyID: "k"}, nil
	}
	for _, test := range []struct {
		name         string
		body         string
		authenticate func(*http.Request, []byte, time.Time) (awsjson.Signed, error)
		code         string
	}{
		{"protocol before signature", `{`, refuse, "SerializationException"},
		{"types before signature", `{"MaxResults":"x"}`, refuse, "SerializationException"},
		{"signature before constraints", `{}`, refuse, "InvalidSignatureException"},
		{"constraints before the operation", `{}`, admit, "InvalidParameterException"},
		{"operation last", `{"MaxResults":1}`, admit, "ResourceNotFoundException"},
		{"no verifier refuses", `{"MaxResults":1}`, nil, "MissingAuthenticationTokenException"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := awsjson.Config{
				Authenticate: test.authenticate,
				Handlers: &wire.Handlers{
					ListUserPools: func(context.Context, *wire.ListUserPoolsRequest) (*wire.ListUserPoolsResponse, error) {
						return nil, fault.ResourceNotFoundf("none")
					},
				},
			}
			got := post(t, config, "ListUserPools", test.body)
			if got.status != 400 || got.code(t) != test.code {
				t.Errorf("status %d, body %s, want %s", got.status, got.body, test.code)
			}
		})
	}
}

func TestSignatureComesBeforeNullElements(t *testing.T) {
	config := awsjson.Config{
		Authenticate: func(*http.Request, []byte, time.Time) (awsjson.Signed, error) {
			return awsjson.Signed{}, fault.New("InvalidSignatureException", "bad")
		},
		Handlers: &wire.Handlers{
			CreateUserPoolClient: func(context.Context, *wire.CreateUserPoolClientRequest) (*wire.CreateUserPoolClientResponse, error) {
				return nil, nil
			},
		},
	}
	if got := post(t, config, "CreateUserPoolClient", `{"CallbackURLs":[null]}`); got.code(t) != "InvalidSignatureException" {
		t.Errorf("body %s", got.body)
	}
}

func TestObserve(t *testing.T) {
	for _, test := range []struct {
		operation, body, want string
	}{
		{"GetUser", goodToken, "GetUser  200"},
		{"GetUser", `[]`, "GetUser SerializationException 400"},
		{"CreateGroup", `{}`, "CreateGroup UnknownOperationException 400"},
		{"Nothing", `{}`, " UnknownOperationException 400"},
	} {
		var got []string
		config := answering(nil, nil)
		config.Observe = func(operation, code string, status int, d time.Duration) {
			if d < 0 {
				t.Errorf("took %v", d)
			}
			got = append(got, fmt.Sprint(operation, " ", code, " ", status))
		}
		post(t, config, test.operation, test.body)
		if diff := cmp.Diff([]string{test.want}, got); diff != "" {
			t.Errorf("observed (-want +got):\n%s", diff)
		}
	}
}
