package httpfn_test

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
	"poolhouse.dev/internal/trigger/httpfn"
)

func TestInvoke(t *testing.T) {
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
	const event = `{"triggerSource":"PreSignUp_SignUp","response":{}}`
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    outcome
	}{
		"an answer":               {answer(200, event), outcome{Payload: event}},
		"nothing":                 {answer(200, ""), outcome{}},
		"an error by its header":  {answer(200, `{"errorType":"E"}`, "X-Amz-Function-Error", "Unhandled"), outcome{Payload: `{"errorType":"E"}`, Failed: true}},
		"an error by its form":    {answer(200, `{"errorMessage":"no","errorType":"E"}`), outcome{Payload: `{"errorMessage":"no","errorType":"E"}`, Failed: true}},
		"an event with that name": {answer(200, `{"triggerSource":"x","errorMessage":"no"}`), outcome{Payload: `{"triggerSource":"x","errorMessage":"no"}`}},
		"as long as it may be":    {answer(200, strings.Repeat("x", trigger.MaxAnswer)), outcome{Payload: strings.Repeat("x", trigger.MaxAnswer)}},
		"longer":                  {answer(200, strings.Repeat("x", trigger.MaxAnswer+1)), outcome{Code: "ResponseSizeTooLargeException"}},
		"not allowed":             {answer(403, ""), outcome{Code: "AccessDeniedException"}},
		"not there":               {answer(404, ""), outcome{Code: "ResourceNotFoundException"}},
		"throttled":               {answer(429, ""), outcome{Code: "TooManyRequestsException", Temporary: true}},
		"broken":                  {answer(500, ""), outcome{Code: "ServiceException"}},
		"elsewhere":               {answer(302, "", "Location", "http://127.0.0.1:1/"), outcome{Code: "ServiceException"}},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "{")
			panic(http.ErrAbortHandler)
		}, outcome{Code: "ServiceException", Temporary: true}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil || string(body) != "sent" || r.Method != http.MethodPost || r.URL.Path != "/f" {
					t.Errorf("%s %s %s (%v)", r.Method, r.URL, body, err)
				}
				test.handler(w, r)
			}))
			defer srv.Close()
			result, err := httpfn.New(srv.URL+"/f", client(t)).Invoke(t.Context(), "arn", []byte("sent"))
			got := outcome{Payload: string(result.Payload), Failed: result.Failed}
			if refused := (*trigger.InvokeError)(nil); errors.As(err, &refused) {
				got.Code, got.Temporary = refused.Code, refused.Temporary
			} else if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%.500s", diff)
			}
		})
	}
}

// A function that hangs ends with the context, and a server that is gone may be
// back at the next attempt.
func TestInvokeWithoutAnAnswer(t *testing.T) {
	held := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(held)
		<-r.Context().Done()
	}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-held; cancel() }()
	_, err := httpfn.New(srv.URL, client(t)).Invoke(ctx, "arn", nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a hanging one: %v", err)
	}
	srv.Close()
	_, err = httpfn.New(srv.URL, client(t)).Invoke(t.Context(), "arn", nil)
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
