package wire_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/wire"
)

const (
	usernamePattern = `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`
	poolID          = "eu-west-1_aBcDeFgHi"
)

// one and many put the heading and the joint of messages around their entries.
func one(entry string) string { return "1 validation error detected: " + entry }

func many(entries ...string) string {
	return fmt.Sprintf("%d validation errors detected: %s", len(entries), strings.Join(entries, "; "))
}

func at(value, path, constraint string) string {
	if value != "" {
		value += " "
	}
	return "Value " + value + "at '" + path + "' failed to satisfy constraint: " + constraint
}

var checks = []struct {
	name string
	in   wire.Input
	want string // "" for a request that passes
}{
	{
		"the hot path passes",
		&wire.UpdateUserAttributesRequest{
			AccessToken:    wire.Ptr("eyJ.a-b_c="),
			UserAttributes: []wire.AttributeType{{Name: wire.Ptr("custom:größe"), Value: wire.Ptr("")}},
		}, "",
	},
	{
		"missing members, hidden and printed",
		&wire.UpdateUserAttributesRequest{},
		many(at("", "accessToken", "Member must not be null"), at("null", "userAttributes", "Member must not be null")),
	},
	{
		"required size of a page",
		&wire.ListUserPoolsRequest{},
		one("Value null at 'maxResults' failed to satisfy constraint: Member must not be null"),
	},
	{
		"page too large",
		&wire.ListUserPoolsRequest{MaxResults: wire.Ptr(int32(61))},
		one(at("'61'", "maxResults", "Member must have value less than or equal to 60")),
	},
	{
		"page too small",
		&wire.ListUserPoolsRequest{MaxResults: wire.Ptr(int32(0))},
		one(at("'0'", "maxResults", "Member must have value greater than or equal to 1")),
	},
	{
		"list of structures missing",
		&wire.SetLogDeliveryConfigurationRequest{UserPoolId: wire.Ptr(poolID)},
		one("Value null at 'logConfigurations' failed to satisfy constraint: Member must not be null"),
	},
	{
		"client id is printed though sensitive",
		&wire.ForgotPasswordRequest{ClientId: wire.Ptr("bad client id!"), Username: wire.Ptr("u")},
		one(`Value 'bad client id!' at 'clientId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+]+`),
	},
	{
		"hidden values, alphabetical order, length before pattern",
		&wire.SignUpRequest{ClientId: wire.Ptr("c"), Username: wire.Ptr(""), Password: wire.Ptr("")},
		many(
			at("", "password", `Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$`),
			at("", "username", "Member must have length greater than or equal to 1"),
			at("", "username", "Member must satisfy regular expression pattern: "+usernamePattern),
		),
	},
	{
		"password with blanks inside passes",
		&wire.SignUpRequest{ClientId: wire.Ptr("c"), Username: wire.Ptr("u"), Password: wire.Ptr("correct horse")}, "",
	},
	{
		"password of one character",
		&wire.AdminSetUserPasswordRequest{UserPoolId: wire.Ptr(poolID), Username: wire.Ptr("u"), Password: wire.Ptr("x")},
		one(`Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$`),
	},
	{
		"session too short",
		&wire.RespondToAuthChallengeRequest{
			ClientId: wire.Ptr("c"), ChallengeName: wire.Ptr(wire.ChallengeNameTypeSmsMfa), Session: wire.Ptr("x"),
		},
		one("Value at 'session' failed to satisfy constraint: Member must have length greater than or equal to 20"),
	},
	{
		"custom attribute name too long",
		&wire.CreateUserPoolRequest{
			PoolName: wire.Ptr("p"),
			Schema:   []wire.SchemaAttributeType{{Name: wire.Ptr("phone_number_verified")}},
		},
		one("Value 'phone_number_verified' at 'schema.1.member.name' failed to satisfy constraint: Member must have length less than or equal to 20"),
	},
	{
		"attribute value too long",
		&wire.UpdateUserAttributesRequest{
			AccessToken:    wire.Ptr("t"),
			UserAttributes: []wire.AttributeType{{Name: wire.Ptr("name"), Value: wire.Ptr(strings.Repeat("x", 2049))}},
		},
		one("Value at 'userAttributes.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 2048"),
	},
	{
		"length counts UTF-16 units",
		&wire.UpdateUserAttributesRequest{
			AccessToken:    wire.Ptr("t"),
			UserAttributes: []wire.AttributeType{{Name: wire.Ptr("a")}, {Name: wire.Ptr("b"), Value: wire.Ptr(strings.Repeat("😀", 1025))}},
		},
		one("Value at 'userAttributes.2.member.value' failed to satisfy constraint: Member must have length less than or equal to 2048"),
	},
	{
		"multi-byte text within the length",
		&wire.UpdateUserAttributesRequest{
			AccessToken:    wire.Ptr("t"),
			UserAttributes: []wire.AttributeType{{Name: wire.Ptr("b"), Value: wire.Ptr(strings.Repeat("😀", 1024))}},
		}, "",
	},
	{
		"nested structure",
		&wire.CreateUserPoolRequest{
			PoolName: wire.Ptr("p"),
			Policies: &wire.UserPoolPolicyType{PasswordPolicy: &wire.PasswordPolicyType{MinimumLength: wire.Ptr(int32(5))}},
		},
		one(at("'5'", "policies.passwordPolicy.minimumLength", "Member must have value greater than or equal to 6")),
	},
	{
		"enumeration in a list of structures",
		&wire.SetLogDeliveryConfigurationRequest{
			UserPoolId: wire.Ptr(poolID),
			LogConfigurations: []wire.LogConfigurationType{{
				LogLevel: wire.Ptr(wire.LogLevel("WARN")), EventSource: wire.Ptr(wire.EventSourceNameUserNotification),
			}},
		},
		one(at("'WARN'", "logConfigurations.1.member.logLevel", "Member must satisfy enum value set: [ERROR, INFO]")),
	},
	{
		"empty enumeration is a value",
		&wire.CreateIdentityProviderRequest{
			UserPoolId: wire.Ptr(poolID), ProviderName: wire.Ptr("abc"), ProviderDetails: map[string]string{},
			ProviderType: wire.Ptr(wire.IdentityProviderTypeType("")),
		},
		one(at("''", "providerType", "Member must satisfy enum value set: [Facebook, SAML, SignInWithApple, LoginWithAmazon, OIDC, Google]")),
	},
	{
		"list of enumerations is told of the list",
		&wire.CreateUserPoolClientRequest{
			UserPoolId: wire.Ptr(poolID), ClientName: wire.Ptr("c"),
			AllowedOAuthFlows: []wire.OAuthFlowType{"code", "token"},
		},
		one(at("'[code, token]'", "allowedOAuthFlows",
			"Member must satisfy constraint: [Member must satisfy enum value set: [implicit, client_credentials, code]]")),
	},
	{
		"list of strings lists every inner constraint",
		&wire.CreateUserPoolClientRequest{
			UserPoolId: wire.Ptr(poolID), ClientName: wire.Ptr("c"), CallbackURLs: []string{"https://a", "b c"},
		},
		one(at("'[https://a, b c]'", "callbackURLs",
			"Member must satisfy constraint: [Member must have length less than or equal to 1024, "+
				"Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: "+usernamePattern+"]")),
	},
	{
		"length of a list before its elements",
		&wire.CreateUserPoolClientRequest{
			UserPoolId: wire.Ptr(poolID), ClientName: wire.Ptr("c"),
			AllowedOAuthFlows: []wire.OAuthFlowType{"code", "code", "code", "x"},
		},
		many(
			at("'[code, code, code, x]'", "allowedOAuthFlows", "Member must have length less than or equal to 3"),
			at("'[code, code, code, x]'", "allowedOAuthFlows",
				"Member must satisfy constraint: [Member must satisfy enum value set: [implicit, client_credentials, code]]"),
		),
	},
	{
		"blob in a printed structure",
		&wire.CreateManagedLoginBrandingRequest{
			UserPoolId: wire.Ptr(poolID), ClientId: wire.Ptr("c"), Assets: fortyOneAssets(),
		},
		one(at("'["+strings.Repeat("AssetType(category=FORM_LOGO, colorMode=LIGHT, extension=PNG, "+
			"bytes=java.nio.HeapByteBuffer[pos=0 lim=1 cap=1], resourceId=null), ", 40)+
			"AssetType(category=FORM_LOGO, colorMode=LIGHT, extension=PNG, bytes=java.nio.HeapByteBuffer[pos=0 lim=1 cap=1], resourceId=null)]'",
			"assets", "Member must have length less than or equal to 40")),
	},
	{
		"assets before managedLoginBrandingId",
		&wire.UpdateManagedLoginBrandingRequest{
			UserPoolId: wire.Ptr(poolID), ManagedLoginBrandingId: wire.Ptr("x"),
			Assets: []wire.AssetType{{Category: wire.Ptr(wire.AssetCategoryTypeFormLogo), ColorMode: wire.Ptr(wire.ColorSchemeModeTypeDark)}},
		},
		many(
			at("null", "assets.1.member.extension", "Member must not be null"),
			at("'x'", "managedLoginBrandingId", "Member must satisfy regular expression pattern: "+
				"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[4][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$"),
		),
	},
	{
		"map values",
		&wire.ForgotPasswordRequest{
			ClientId: wire.Ptr("c"), Username: wire.Ptr("u"),
			ClientMetadata: map[string]string{"k": strings.Repeat("v", 131073), "a": "b"},
		},
		one(at("'{a=b, k="+strings.Repeat("v", 131073)+"}'", "clientMetadata",
			"Map value must satisfy constraint: [Member must have length less than or equal to 131072, Member must have length greater than or equal to 0]")),
	},
	{
		"hidden map",
		&wire.InitiateAuthRequest{
			ClientId: wire.Ptr("c"), AuthFlow: wire.Ptr(wire.AuthFlowTypeUserPasswordAuth),
			AuthParameters: map[string]string{"PASSWORD": strings.Repeat("v", 131073)},
		},
		one(at("", "authParameters",
			"Map value must satisfy constraint: [Member must have length less than or equal to 131072, Member must have length greater than or equal to 0]")),
	},
	{
		"map keys",
		&wire.TagResourceRequest{
			ResourceArn: wire.Ptr("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/x"), Tags: map[string]string{"": "v"},
		},
		one(at("'{=v}'", "tags",
			"Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]")),
	},
	{
		"pattern is matched against the whole string",
		&wire.DescribeUserPoolRequest{UserPoolId: wire.Ptr(" ap-northeast-1_x")},
		one(at("' ap-northeast-1_x'", "userPoolId", `Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+`)),
	},
	{
		"user name with a blank",
		&wire.AdminGetUserRequest{UserPoolId: wire.Ptr(poolID), Username: wire.Ptr("a b")},
		one(at("", "username", "Member must satisfy regular expression pattern: "+usernamePattern)),
	},
	{
		"attribute name keeps its blanks",
		&wire.AdminDeleteUserAttributesRequest{
			UserPoolId: wire.Ptr(poolID), Username: wire.Ptr("u"), UserAttributeNames: []string{"a\tb c"},
		}, "",
	},
}

func logTo(arn string) wire.LogConfigurationType {
	return wire.LogConfigurationType{
		LogLevel: wire.Ptr(wire.LogLevelError), EventSource: wire.Ptr(wire.EventSourceNameUserNotification),
		CloudWatchLogsConfiguration: &wire.CloudWatchLogsConfigurationType{LogGroupArn: wire.Ptr(arn)},
	}
}

func fortyOneAssets() []wire.AssetType {
	assets := make([]wire.AssetType, 41)
	for i := range assets {
		assets[i] = wire.AssetType{
			Category: wire.Ptr(wire.AssetCategoryTypeFormLogo), ColorMode: wire.Ptr(wire.ColorSchemeModeTypeLight),
			Extension: wire.Ptr(wire.AssetExtensionTypePng), Bytes: []byte{1},
		}
	}
	return assets
}

func TestCheck(t *testing.T) {
	for _, test := range checks {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, messageOf(t, test.in)); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

// messageOf returns the message of the request's violations, "" for none.
func messageOf(t *testing.T, in wire.Input) string {
	t.Helper()
	err := in.Check()
	if err == nil {
		return ""
	}
	var violated *wire.ConstraintError
	if !errors.As(err, &violated) {
		t.Fatalf("Check returned a %T", err)
	}
	return violated.Message
}

func TestStructuresArePrintedWhole(t *testing.T) {
	const arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vendedlogs/x"
	printed := "LogConfigurationType(logLevel=ERROR, eventSource=userNotification, " +
		"cloudWatchLogsConfiguration=CloudWatchLogsConfigurationType(logGroupArn=" + arn + "), " +
		"s3Configuration=null, firehoseConfiguration=null)"
	got := messageOf(t, &wire.SetLogDeliveryConfigurationRequest{
		UserPoolId:        wire.Ptr(poolID),
		LogConfigurations: []wire.LogConfigurationType{logTo(arn), logTo(arn), logTo(arn)},
	})
	want := one(at("'["+printed+", "+printed+", "+printed+"]'", "logConfigurations", "Member must have length less than or equal to 2"))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

func TestNullElements(t *testing.T) {
	for _, test := range []struct {
		name  string
		list  any
		nulls []int
		want  string
	}{
		{"alone", []wire.AssetType{}, []int{0}, "[null]"},
		{"between", []string{"a", "b"}, []int{1, 3}, "[a, null, b, null]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := one("Value '" + test.want + "' at 'assets' failed to satisfy constraint: " +
				"Member must satisfy constraint: [Member must not be null]")
			if got := wire.NullElements("assets", test.list, test.nulls).Message; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestManyViolationsMakeABoundedMessage(t *testing.T) {
	got := messageOf(t, &wire.UpdateUserAttributesRequest{
		AccessToken: wire.Ptr("t"), UserAttributes: make([]wire.AttributeType, 5000),
	})
	if !strings.HasPrefix(got, "5000 validation errors detected: ") {
		t.Errorf("heading: %.60s", got)
	}
	if n := strings.Count(got, "; "); n != 99 {
		t.Errorf("%d entries are told, want 100", n+1)
	}
}

func TestModelIsTheOneGeneratedFrom(t *testing.T) {
	text, err := os.ReadFile("../../model/cognito-idp.model.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(text)); got != wire.ModelSHA256 {
		t.Errorf("the model has sha256 %s, generated from %s", got, wire.ModelSHA256)
	}
}

func BenchmarkCheck(b *testing.B) {
	in := &wire.UpdateUserAttributesRequest{
		AccessToken:    wire.Ptr(strings.Repeat("eyJraWQiOiJ", 95)),
		UserAttributes: []wire.AttributeType{{Name: wire.Ptr("custom:color"), Value: wire.Ptr("green")}},
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := in.Check(); err != nil {
			b.Fatal(err)
		}
	}
}
