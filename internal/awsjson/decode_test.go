package awsjson_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/awsjson"
	"poolhouse.dev/internal/wire"
)

// taking is a server that hands what it decodes to seen.
func taking(seen func(in any)) *awsjson.Server {
	return awsjson.New(awsjson.Config{
		Logger: slog.New(slog.DiscardHandler),
		Authenticate: func(*http.Request, []byte, time.Time) (awsjson.Signed, error) {
			return awsjson.Signed{}, nil
		},
		Handlers: &wire.Handlers{
			UpdateUserAttributes: func(_ context.Context, in *wire.UpdateUserAttributesRequest) (*wire.UpdateUserAttributesResponse, error) {
				seen(in)
				return nil, nil
			},
			CreateUserPoolClient: func(_ context.Context, in *wire.CreateUserPoolClientRequest) (*wire.CreateUserPoolClientResponse, error) {
				seen(in)
				return nil, nil
			},
			CreateManagedLoginBranding: func(_ context.Context, in *wire.CreateManagedLoginBrandingRequest) (*wire.CreateManagedLoginBrandingResponse, error) {
				seen(in)
				return nil, nil
			},
			SetLogDeliveryConfiguration: func(_ context.Context, in *wire.SetLogDeliveryConfigurationRequest) (*wire.SetLogDeliveryConfigurationResponse, error) {
				seen(in)
				return nil, nil
			},
		},
	})
}

// ask sends a body to an operation without a network.
func ask(server *awsjson.Server, operation, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", wire.TargetPrefix+operation)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	return w
}

const (
	client   = `"UserPoolId":"eu-west-1_a","ClientName":"c"`
	branding = `"UserPoolId":"eu-west-1_a","ClientId":"c"`
)

func update(attributes string) string {
	return `{"AccessToken":"t","UserAttributes":` + attributes + `}`
}

func TestDecodedValues(t *testing.T) {
	attributes := func(list ...wire.AttributeType) *wire.UpdateUserAttributesRequest {
		return &wire.UpdateUserAttributesRequest{AccessToken: wire.Ptr("t"), UserAttributes: append([]wire.AttributeType{}, list...)}
	}
	name := func(text string) wire.AttributeType { return wire.AttributeType{Name: wire.Ptr(text)} }
	newClient := func(edit func(*wire.CreateUserPoolClientRequest)) *wire.CreateUserPoolClientRequest {
		in := &wire.CreateUserPoolClientRequest{UserPoolId: wire.Ptr("eu-west-1_a"), ClientName: wire.Ptr("c")}
		edit(in)
		return in
	}
	newBranding := func(edit func(*wire.CreateManagedLoginBrandingRequest)) *wire.CreateManagedLoginBrandingRequest {
		in := &wire.CreateManagedLoginBrandingRequest{UserPoolId: wire.Ptr("eu-west-1_a"), ClientId: wire.Ptr("c")}
		edit(in)
		return in
	}
	secret := func(value bool) *wire.CreateUserPoolClientRequest {
		return newClient(func(in *wire.CreateUserPoolClientRequest) { in.GenerateSecret = &value })
	}
	validity := func(value int32) *wire.CreateUserPoolClientRequest {
		return newClient(func(in *wire.CreateUserPoolClientRequest) { in.AuthSessionValidity = &value })
	}
	unchanged := newClient(func(*wire.CreateUserPoolClientRequest) {})
	for _, test := range []struct {
		name, operation, body string
		want                  any
	}{
		{"empty list", "UpdateUserAttributes", update(`[]`), attributes()},
		{"escapes", "UpdateUserAttributes", update(`[{"N\u0061me":"\u00fc\ud83d\ude00\""}]`), attributes(name(`ü😀"`))},
		{"unknown members are skipped", "UpdateUserAttributes", `{"X":[{"y":[1,{}]}],` + update(`[]`)[1:], attributes()},
		{"names are case-sensitive", "UpdateUserAttributes", `{"accesstoken":1,` + update(`[]`)[1:], attributes()},
		{"the last of two members counts", "UpdateUserAttributes", `{"AccessToken":"u","UserAttributes":[{"Name":"x"}],` + update(`[]`)[1:], attributes()},
		{"null takes back", "UpdateUserAttributes", `{"ClientMetadata":{"a":"b"},"ClientMetadata":null,` + update(`[]`)[1:], attributes()},
		{"null elements of structures are dropped", "UpdateUserAttributes", update(`[null,{"Name":"a"},null]`), attributes(name("a"))},
		{"null member", "UpdateUserAttributes", update(`[{"Name":"a","Value":null}]`), attributes(name("a"))},
		{"null entries of a map are dropped", "UpdateUserAttributes", `{"ClientMetadata":{"a":"1","b":null,"c":"","a":null},` + update(`[]`)[1:],
			&wire.UpdateUserAttributesRequest{AccessToken: wire.Ptr("t"), UserAttributes: []wire.AttributeType{}, ClientMetadata: map[string]string{"c": ""}}},
		{"null element of log configurations", "SetLogDeliveryConfiguration", `{"UserPoolId":"eu-west-1_a","LogConfigurations":[null]}`,
			&wire.SetLogDeliveryConfigurationRequest{UserPoolId: wire.Ptr("eu-west-1_a"), LogConfigurations: []wire.LogConfigurationType{}}},
		{"boolean", "CreateUserPoolClient", `{` + client + `,"GenerateSecret":true}`, secret(true)},
		{"string for a boolean", "CreateUserPoolClient", `{` + client + `,"GenerateSecret":"yes"}`, secret(true)},
		{"string false", "CreateUserPoolClient", `{` + client + `,"GenerateSecret":"False"}`, secret(false)},
		{"empty string for a boolean", "CreateUserPoolClient", `{` + client + `,"GenerateSecret":""}`, secret(false)},
		{"null for a boxed boolean", "CreateUserPoolClient", `{` + client + `,"EnableTokenRevocation":null}`, unchanged},
		{"null for a number", "CreateUserPoolClient", `{` + client + `,"AuthSessionValidity":null}`, unchanged},
		{"integer", "CreateUserPoolClient", `{` + client + `,"AuthSessionValidity":3}`, validity(3)},
		{"integer with a fraction of nothing", "CreateUserPoolClient", `{` + client + `,"AuthSessionValidity":3.0}`, validity(3)},
		{"integer with an exponent", "CreateUserPoolClient", `{` + client + `,"AuthSessionValidity":0.5e1}`, validity(5)},
		{"enumerations and lists", "CreateUserPoolClient", `{` + client + `,"AllowedOAuthFlows":["code"],"CallbackURLs":[],"PreventUserExistenceErrors":"LEGACY"}`,
			newClient(func(in *wire.CreateUserPoolClientRequest) {
				in.AllowedOAuthFlows = []wire.OAuthFlowType{wire.OAuthFlowTypeCode}
				in.CallbackURLs = []string{}
				in.PreventUserExistenceErrors = wire.Ptr(wire.PreventUserExistenceErrorTypesLegacy)
			})},
		{"structure", "CreateUserPoolClient", `{` + client + `,"TokenValidityUnits":{"IdToken":"days"}}`,
			newClient(func(in *wire.CreateUserPoolClientRequest) {
				in.TokenValidityUnits = &wire.TokenValidityUnitsType{IdToken: wire.Ptr(wire.TimeUnitsTypeDays)}
			})},
		{"document and blob", "CreateManagedLoginBranding", `{` + branding + `,"Settings":{"a" :[1]},"Assets":[{"Category":"FORM_LOGO","ColorMode":"DARK","Extension":"PNG","Bytes":"AQI="}]}`,
			newBranding(func(in *wire.CreateManagedLoginBrandingRequest) {
				in.Settings = []byte(`{"a" :[1]}`)
				in.Assets = []wire.AssetType{{
					Category: wire.Ptr(wire.AssetCategoryTypeFormLogo), ColorMode: wire.Ptr(wire.ColorSchemeModeTypeDark),
					Extension: wire.Ptr(wire.AssetExtensionTypePng), Bytes: []byte{1, 2},
				}}
			})},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got any
			w := ask(taking(func(in any) { got = in }), test.operation, test.body)
			if w.Code != 200 {
				t.Fatalf("status %d, body %s", w.Code, w.Body)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefusedBodies(t *testing.T) {
	const (
		silent  = `{"__type":"SerializationException"}`
		field   = `{"__type":"SerializationException","message":"Unexpected field type"}`
		element = `{"__type":"SerializationException","message":"Unexpected value type in payload"}`
		number  = `{"__type":"SerializationException","message":"class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"}`
		outside = `{"__type":"SerializationException","message":"Number out of range"}`
		invalid = `{"__type":"InvalidParameterException","message":"1 validation error detected: `
	)
	for _, test := range []struct{ name, operation, body, want string }{
		{"not JSON", "UpdateUserAttributes", `hello`, silent},
		{"cut off", "UpdateUserAttributes", `{"AccessToken":"t"`, silent},
		{"cut off in a list", "UpdateUserAttributes", `{"UserAttributes":[`, silent},
		{"broken list", "UpdateUserAttributes", `{"UserAttributes":[}`, silent},
		{"broken map", "UpdateUserAttributes", `{"ClientMetadata":{1}}`, silent},
		{"more behind it", "UpdateUserAttributes", update(`[]`) + `{}`, silent},
		{"a list", "UpdateUserAttributes", `[]`, silent},
		{"null", "UpdateUserAttributes", `null`, silent},
		{"invalid UTF-8", "UpdateUserAttributes", update("[{\"Name\":\"\xff\"}]"), silent},
		{"half a surrogate pair", "UpdateUserAttributes", update(`[{"Name":"\ud800"}]`), silent},
		{"deep nesting", "UpdateUserAttributes", `{"X":` + strings.Repeat(`[`, 200_000) + strings.Repeat(`]`, 200_000) + `}`, silent},
		{"number for a string", "UpdateUserAttributes", `{"AccessToken":1}`, number},
		{"number for an attribute's value", "UpdateUserAttributes", update(`[{"Name":"a","Value":1}]`), number},
		{"boolean for an attribute's value", "UpdateUserAttributes", update(`[{"Name":"a","Value":true}]`), field},
		{"object for a string", "UpdateUserAttributes", `{"AccessToken":{}}`, field},
		{"string for a list", "UpdateUserAttributes", update(`"nope"`), field},
		{"string for a list of structures", "SetLogDeliveryConfiguration", `{"LogConfigurations":"nope"}`, field},
		{"object for a list", "UpdateUserAttributes", update(`{}`), field},
		{"list for a map", "UpdateUserAttributes", `{"ClientMetadata":[]}`, field},
		{"string for a structure", "CreateUserPoolClient", `{"TokenValidityUnits":"days"}`, field},
		{"numbers in a list of structures", "UpdateUserAttributes", update(`[1,2]`), element},
		{"strings in a list of structures", "UpdateUserAttributes", update(`["x"]`), element},
		{"number in a list of strings", "CreateUserPoolClient", `{"CallbackURLs":[1]}`, element},
		{"list in a map", "UpdateUserAttributes", `{"ClientMetadata":{"a":[]}}`, element},
		{"number for a boolean", "CreateManagedLoginBranding", `{"UseCognitoProvidedValues":1}`, field},
		{"object for a boolean", "CreateManagedLoginBranding", `{"UseCognitoProvidedValues":{}}`, field},
		{"list for a boolean", "CreateManagedLoginBranding", `{"UseCognitoProvidedValues":[]}`, field},
		{"null for a primitive boolean", "CreateManagedLoginBranding", `{"UseCognitoProvidedValues":null}`, field},
		{"number for a boxed boolean", "CreateUserPoolClient", `{"EnableTokenRevocation":1}`, field},
		{"string for an integer", "CreateUserPoolClient", `{"AuthSessionValidity":"3"}`, field},
		{"fraction for an integer", "CreateUserPoolClient", `{"AuthSessionValidity":3.5}`, field},
		{"integer beyond 32 bits", "CreateUserPoolClient", `{"AuthSessionValidity":2147483648}`, outside},
		{"integer beyond everything", "CreateUserPoolClient", `{"AuthSessionValidity":1e400}`, outside},
		{"integer beyond 32 bits with exponent", "CreateUserPoolClient", `{"AuthSessionValidity":1e300}`, outside},
		{"integer outside its constraint", "CreateUserPoolClient", `{` + client + `,"AuthSessionValidity":16}`,
			invalid + `Value '16' at 'authSessionValidity' failed to satisfy constraint: Member must have value less than or equal to 15"}`},
		{"string for a document", "CreateManagedLoginBranding", `{"Settings":"x"}`, field},
		{"bad base64", "CreateManagedLoginBranding", `{"Assets":[{"Bytes":"*"}]}`, `{"__type":"SerializationException","message":"Invalid base64"}`},
		{"null asset", "CreateManagedLoginBranding", `{` + branding + `,"Assets":[null]}`,
			invalid + `Value '[null]' at 'assets' failed to satisfy constraint: Member must satisfy constraint: [Member must not be null]"}`},
		{"null in a list of strings", "CreateUserPoolClient", `{` + client + `,"CallbackURLs":["https://a",null]}`,
			invalid + `Value '[https://a, null]' at 'callbackURLs' failed to satisfy constraint: Member must satisfy constraint: [Member must not be null]"}`},
		{"endless list", "UpdateUserAttributes", update(`[` + strings.Repeat(`{},`, 10_000) + `{}]`),
			`{"__type":"SerializationException","message":"Too many elements"}`},
		{"required member is null", "UpdateUserAttributes", update(`null`),
			invalid + `Value null at 'userAttributes' failed to satisfy constraint: Member must not be null"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			called := false
			w := ask(taking(func(any) { called = true }), test.operation, test.body)
			if w.Code != 400 || called {
				t.Errorf("status %d, handler called: %v", w.Code, called)
			}
			if diff := cmp.Diff(test.want, w.Body.String()); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEmptyBodyIsTheEmptyObject(t *testing.T) {
	want := ask(taking(nil), "UpdateUserAttributes", "{}").Body.String()
	for _, body := range []string{"", " \r\n\t"} {
		if got := ask(taking(nil), "UpdateUserAttributes", body).Body.String(); got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
	}
}

// Every request structure of the model can be decoded.
func TestEveryInputCanBeRead(t *testing.T) {
	for i := range wire.Operations {
		op := &wire.Operations[i]
		t.Run(op.Name, func(t *testing.T) {
			if err := awsjson.Decode([]byte(`{"X":1}`), op.New()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBuffersAreReusedWithoutTraces(t *testing.T) {
	var got *wire.UpdateUserAttributesRequest
	server := taking(func(in any) { got = in.(*wire.UpdateUserAttributesRequest) })
	ask(server, "UpdateUserAttributes", `{"AccessToken":"first","UserAttributes":[{"Name":"a\u0062","Value":"long first value"}]}`)
	first := got
	for range 20 {
		ask(server, "UpdateUserAttributes", `{"AccessToken":"XXXXX","UserAttributes":[{"Name":"X\u0058","Value":"XXXXXXXXXXXXXXXX"}]}`)
	}
	want := &wire.UpdateUserAttributesRequest{
		AccessToken:    wire.Ptr("first"),
		UserAttributes: []wire.AttributeType{{Name: wire.Ptr("ab"), Value: wire.Ptr("long first value")}},
	}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("an earlier request changed (-want +got):\n%s", diff)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("UpdateUserAttributes", update(`[{"Name":"custom:a","Value":"b"}]`))
	f.Add("CreateUserPoolClient", `{`+client+`,"AuthSessionValidity":3.0,"GenerateSecret":"yes","CallbackURLs":[null,"a"]}`)
	f.Add("CreateManagedLoginBranding", `{`+branding+`,"Settings":{},"Assets":[{"Bytes":"AA=="},null]}`)
	f.Add("CreateUserPool", `{"Schema":[{"Name":"x"}],"UserPoolTags":{"a":"b"},"LambdaConfig":{}}`)
	f.Fuzz(func(t *testing.T, operation, body string) {
		w := ask(taking(func(any) {}), operation, body)
		if w.Code != 200 && w.Code != 400 {
			t.Errorf("status %d, body %s", w.Code, w.Body)
		}
		op, known := wire.Find(operation)
		if !known {
			return
		}
		in := op.New()
		if awsjson.Decode([]byte(body), in) == nil {
			_ = in.Check()
		}
	})
}

func BenchmarkDecodeAndCheck(b *testing.B) {
	op, _ := wire.Find("UpdateUserAttributes")
	body := []byte(`{"AccessToken":"` + strings.Repeat("eyJraWQiOiJ", 95) + `","UserAttributes":[{"Name":"custom:color","Value":"green"}]}`)
	b.ReportAllocs()
	for b.Loop() {
		in := op.New()
		if err := awsjson.Decode(body, in); err != nil {
			b.Fatal(err)
		}
		if err := in.Check(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkServe(b *testing.B) {
	server := taking(func(any) {})
	body := `{"AccessToken":"` + strings.Repeat("eyJraWQiOiJ", 95) + `","UserAttributes":[{"Name":"custom:color","Value":"green"}]}`
	b.ReportAllocs()
	for b.Loop() {
		if w := ask(server, "UpdateUserAttributes", body); w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}
