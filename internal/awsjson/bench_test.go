package awsjson_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"poolhouse.dev/internal/awsjson"
	"poolhouse.dev/internal/wire"
)

// longToken has the length of an access token.
var longToken = strings.Repeat("eyJraWQiOi", 100)

var updateBody = fmt.Appendf(nil, `{"AccessToken":%q,"UserAttributes":[{"Name":"name","Value":"Person 0000000001"}]}`, longToken)

// BenchmarkDecode reads the body of an update.
func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := awsjson.Decode(updateBody, new(wire.UpdateUserAttributesRequest)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncode writes the answer of GetUser, by its plan and by the library.
func BenchmarkEncode(b *testing.B) {
	shown := shownUser()
	var out []byte
	b.Run("plan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			out, _ = awsjson.Encode(out[:0], shown)
		}
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		options := jsonv2.JoinOptions(jsonv2.Deterministic(true), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
		into := new(bytes.Buffer)
		for b.Loop() {
			into.Reset()
			if err := jsonv2.MarshalWrite(into, shown, options); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func shownUser() *wire.GetUserResponse {
	shown := &wire.GetUserResponse{Username: wire.Ptr("person-0000001")}
	for _, name := range []string{"sub", "email", "email_verified", "name", "given_name", "family_name"} {
		shown.UserAttributes = append(shown.UserAttributes, wire.AttributeType{Name: wire.Ptr(name), Value: wire.Ptr("value of " + name)})
	}
	return shown
}

// BenchmarkExchange is all that a request costs around its operation: finding the
// operation, decoding, checking, encoding.
func BenchmarkExchange(b *testing.B) {
	shown := shownUser()
	server := awsjson.New(awsjson.Config{
		Logger: slog.New(slog.DiscardHandler),
		Handlers: &wire.Handlers{
			UpdateUserAttributes: func(context.Context, *wire.UpdateUserAttributesRequest) (*wire.UpdateUserAttributesResponse, error) {
				return &wire.UpdateUserAttributesResponse{CodeDeliveryDetailsList: []wire.CodeDeliveryDetailsType{}}, nil
			},
			GetUser: func(context.Context, *wire.GetUserRequest) (*wire.GetUserResponse, error) { return shown, nil },
		},
	})
	for operation, body := range map[string][]byte{"UpdateUserAttributes": updateBody, "GetUser": fmt.Appendf(nil, `{"AccessToken":%q}`, longToken)} {
		b.Run(operation, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Header.Set("X-Amz-Target", wire.TargetPrefix+operation)
			r.Header.Set("Content-Type", "application/x-amz-json-1.1")
			r.ContentLength = int64(len(body))
			in := bytes.NewReader(nil)
			r.Body = io.NopCloser(in)
			w := &discarding{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				in.Reset(body)
				server.ServeHTTP(w, r)
				if w.status != http.StatusOK {
					b.Fatal(w.status)
				}
			}
		})
	}
}

// discarding takes an answer and keeps its status.
type discarding struct {
	header http.Header
	status int
}

func (d *discarding) Header() http.Header         { return d.header }
func (d *discarding) WriteHeader(status int)      { d.status = status }
func (d *discarding) Write(p []byte) (int, error) { return len(p), nil }
