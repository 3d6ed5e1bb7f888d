package awslambda_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/outbound"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/trigger/awslambda"
)

const arn = "arn:aws:lambda:eu-test-1:123456789012:function:f"

func credentials(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func TestInvoke(t *testing.T) {
	credentials(t)
	type outcome struct {
		Payload   string
		Failed    bool
		Code      string
		Temporary bool
	}
	answer := func(status int, body string, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	refusal := func(status int, name string) http.HandlerFunc {
		return answer(status, `{"Message":"no"}`, "X-Amzn-Errortype", name, "Content-Type", "application/json")
	}
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    outcome
	}{
		"an answer":    {answer(200, `{}`), outcome{Payload: `{}`}},
		"an error":     {answer(200, `{"errorMessage":"no"}`, "X-Amz-Function-Error", "Unhandled"), outcome{Payload: `{"errorMessage":"no"}`, Failed: true}},
		"too long":     {answer(200, strings.Repeat("x", 10<<20)), outcome{Code: "ResponseSizeTooLargeException"}},
		"not allowed":  {refusal(403, "AccessDeniedException"), outcome{Code: "AccessDeniedException"}},
		"not there":    {refusal(404, "ResourceNotFoundException"), outcome{Code: "ResourceNotFoundException"}},
		"updating":     {refusal(409, "ResourceConflictException"), outcome{Code: "ResourceConflictException"}},
		"throttled":    {refusal(429, "TooManyRequestsException"), outcome{Code: "TooManyRequestsException", Temporary: true}},
		"broken":       {refusal(500, "ServiceException"), outcome{Code: "ServiceException"}},
		"odd and full": {refusal(500, "TooManyRequestsException"), outcome{Code: "TooManyRequestsException"}},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls++
				body, err := io.ReadAll(r.Body)
				if err != nil || string(body) != "sent" || r.URL.Path != "/2015-03-31/functions/"+arn+"/invocations" {
					t.Errorf("%s %s (%v)", r.URL.Path, body, err)
				}
				if scope := r.Header.Get("Authorization"); !strings.Contains(scope, "AKIDEXAMPLE/") || !strings.Contains(scope, "/eu-test-1/lambda/") {
					t.Errorf("signed as %s", scope)
				}
				test.handler(w, r)
			}))
			defer srv.Close()
			result, err := awslambda.New(srv.URL, client(t)).Invoke(t.Context(), arn, []byte("sent"))
			got := outcome{Payload: string(result.Payload), Failed: result.Failed}
			if refused := (*trigger.InvokeError)(nil); errors.As(err, &refused) {
				got.Code, got.Temporary = refused.Code, refused.Temporary
			} else if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" || calls != 1 {
				t.Errorf("%d calls (-want +got):\n%.500s", calls, diff)
			}
		})
	}
}

// The SDK closes the event when the answer begins. A transport that still reads it
// then finds its end and no error, for which it would give up the connection.
func TestTheEventEndsWithTheAnswer(t *testing.T) {
	credentials(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) }))
	defer srv.Close()
	kept := &keeper{RoundTripper: http.DefaultTransport}
	if _, err := awslambda.New(srv.URL, &http.Client{Transport: kept}).Invoke(t.Context(), arn, []byte("sent")); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, kept.body); n != 0 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// keeper keeps the body of the last request.
type keeper struct {
	http.RoundTripper
	body io.Reader
}

func (k *keeper) RoundTrip(r *http.Request) (*http.Response, error) {
	k.body = r.Body
	return k.RoundTripper.RoundTrip(r)
}

// A function that hangs ends with the context, and an endpoint that is gone may
// be back at the next attempt.
func TestInvokeWithoutAnAnswer(t *testing.T) {
	credentials(t)
	held := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(held)
		<-r.Context().Done()
	}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-held; cancel() }()
	_, err := awslambda.New(srv.URL, client(t)).Invoke(ctx, arn, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a hanging one: %v", err)
	}
	srv.Close()
	_, err = awslambda.New(srv.URL, client(t)).Invoke(t.Context(), arn, nil)
	if gone := (*trigger.InvokeError)(nil); !errors.As(err, &gone) || !gone.Temporary {
		t.Errorf("one that is gone: %v", err)
	}
}

// client is one that reaches this machine.
func client(t *testing.T) *http.Client {
	t.Helper()
	p, err := outbound.New(outbound.Config{Dev: true})
	if err != nil {
		t.Fatal(err)
	}
	return p.Client(outbound.Limits{MaxBody: trigger.MaxAnswer + 1})
}
