package awsjson_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/internal/awsjson"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/wire"
)

func TestAuditRecords(t *testing.T) {
	handlers := &wire.Handlers{
		AdminGetUser: func(context.Context, *wire.AdminGetUserRequest) (*wire.AdminGetUserResponse, error) {
			return nil, fault.UserNotFound("User does not exist.")
		},
		SignUp: func(context.Context, *wire.SignUpRequest) (*wire.SignUpResponse, error) {
			return &wire.SignUpResponse{}, nil
		},
		GetUser: func(context.Context, *wire.GetUserRequest) (*wire.GetUserResponse, error) {
			return &wire.GetUserResponse{}, nil
		},
	}
	cases := []struct {
		name, operation, body string
		want                  []string
	}{
		{"a signed call", "AdminGetUser", `{"UserPoolId":"us-east-1_a","Username":"ann"}`, []string{"operation=AdminGetUser", "outcome=UserNotFoundException", "principal=KEY", "region=eu-west-1", "source_ip=127.0.0.1"}},
		{"an unsigned one about a credential", "SignUp", `{"ClientId":"c1","Username":"ann","Password":"Passw0rd!"}`, []string{"operation=SignUp", "outcome=ok"}},
		{"any other", "GetUser", `{"AccessToken":"a.b.c"}`, nil},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var log bytes.Buffer
			post(t, awsjson.Config{
				Handlers: handlers,
				Logger:   slog.New(slog.NewTextHandler(&log, nil)),
				Authenticate: func(*http.Request, []byte, time.Time) (awsjson.Signed, error) {
					return awsjson.Signed{AccessKeyID: "KEY", Region: "eu-west-1"}, nil
				},
			}, tc.operation, tc.body)
			text := log.String()
			if audited := strings.Contains(text, "msg=audit"); audited != (tc.want != nil) {
				t.Fatalf("the log is %q", text)
			}
			for _, want := range tc.want {
				if !strings.Contains(text, want) {
					t.Errorf("the record %q lacks %s", text, want)
				}
			}
			if strings.Contains(text, "ann") || strings.Contains(text, "Passw0rd") {
				t.Errorf("the record %q tells what was asked", text)
			}
		})
	}
}
