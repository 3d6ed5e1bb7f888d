package conformance

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/poolhousetest"
)

// ClientMetadata is in no file and no line of the log after calls that a trigger
// answered and refused.
func TestClientMetadataIsNowhere(t *testing.T) {
	skipElsewhere(t)
	const secret = "metadata-7f3a91c2"
	data := t.TempDir()
	srv := poolhousetest.Start(t, poolhousetest.Options{Data: data, Lambda: lambdas(), LogLevel: "debug"})
	e := &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}
	f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
		byEmail(in)
		in.LambdaConfig = &types.LambdaConfigType{PreSignUp: aws.String(greetGo), CustomMessage: aws.String(greetGo), PostConfirmation: aws.String(greetGo)}
	})
	did(f.signUpWith(t, "ann", wish("note", secret), "email=ann@e.example"))(t)
	_, err := f.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{ClientId: &f.client, Username: aws.String("ann"), ConfirmationCode: aws.String(e.code(t, "ann@e.example")), ClientMetadata: wish("note", secret)})
	noError(t, err)
	token := f.signIn(t, "ann").AccessToken
	for _, metadata := range []map[string]string{wish("note", secret), wish("note", secret, "mode", "throw")} {
		_, err := f.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{AccessToken: token, UserAttributes: attrs("email=new@e" + metadata["mode"] + ".example"), ClientMetadata: metadata})
		if refused := metadata["mode"] != ""; refused != (err != nil) {
			t.Errorf("refused %v: %v", refused, err)
		}
	}
	if len(goFunction().Events(f.pool)) != 5 {
		t.Error("the function was not told")
	}
	if strings.Contains(srv.Log(), secret) {
		t.Error("the log holds ClientMetadata")
	}
	noError(t, srv.Close())
	noError(t, filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(secret)) {
			t.Errorf("%s holds ClientMetadata", d.Name())
		}
		return err
	}))
}
