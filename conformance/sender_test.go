package conformance

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
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

	"poolhouse.dev/conformance/functions"
)

// senderKey is the key of the pools whose own functions send messages; it is in a
// file that every server is told of.
const (
	senderKey     = "arn:aws:kms:us-east-1:000000000000:key/codes"
	senderKeyText = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
)

var senderKeys = sync.OnceValue(func() []string {
	path := filepath.Join(folder, "codes.key")
	if err := os.WriteFile(path, []byte(senderKeyText), 0o600); err != nil {
		panic(err)
	}
	return []string{senderKey + "=file:" + path}
})

// senders is a pool whose e-mails and text messages are all sent by one function,
// and the program that decrypts the codes that it gets.
type senders struct {
	*fixture
	runtime *functions.Runtime
	in      io.Writer
	out     *bufio.Reader
	// seen is how many events were looked at.
	seen int
}

type senderEvent struct {
	TriggerSource string
	UserName      string
	CallerContext struct{ ClientID string }
	Request       struct {
		Type           string
		Code           string
		ClientMetadata map[string]string
		UserAttributes map[string]string
	}
}

// newSenders skips the test where AWS's library for decrypting is missing.
func newSenders(t *testing.T, e *env) *senders {
	t.Helper()
	cmd := exec.Command("python3", filepath.Join("..", "internal", "envelope", "testdata", "decrypt.py"), senderKeyText, senderKey)
	if out, err := exec.CommandContext(t.Context(), "python3", "-c", "import aws_encryption_sdk").CombinedOutput(); err != nil {
		if os.Getenv("POOLHOUSE_REQUIRE_CLIENTS") == "1" {
			t.Fatalf("the AWS Encryption SDK for Python is not installed (pip install aws-encryption-sdk): %s", out)
		}
		t.Skip("skipped: the AWS Encryption SDK for Python is not installed on this machine (pip install aws-encryption-sdk)")
	}
	in, err := cmd.StdinPipe()
	noError(t, err)
	out, err := cmd.StdoutPipe()
	noError(t, err)
	noError(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("decrypting: %v", err)
		}
	})
	f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
		byPhoneToo(in)
		in.LambdaConfig = &types.LambdaConfigType{
			KMSKeyID:          aws.String(senderKey),
			CustomMessage:     aws.String(greetGo),
			CustomEmailSender: &types.CustomEmailLambdaVersionConfigType{LambdaArn: aws.String(greetGo), LambdaVersion: "V1_0"},
			CustomSMSSender:   &types.CustomSMSLambdaVersionConfigType{LambdaArn: aws.String(greetGo), LambdaVersion: "V1_0"},
		}
	})
	return &senders{fixture: f, runtime: goFunction(), in: in, out: bufio.NewReader(out)}
}

// next waits for the function's next event and returns it with the code in clear.
func (s *senders) next(t *testing.T, source string) (e senderEvent, code string) {
	t.Helper()
	list := s.runtime.Events(s.pool)
	for end := time.Now().Add(30 * time.Second); len(list) <= s.seen && time.Now().Before(end); list = s.runtime.Events(s.pool) {
		time.Sleep(5 * time.Millisecond)
	}
	if len(list) <= s.seen {
		t.Fatalf("the function was not called for %s", source)
	}
	noError(t, json.Unmarshal(list[s.seen], &e))
	s.seen++
	if e.TriggerSource != source {
		t.Errorf("the event is %s, want %s", e.TriggerSource, source)
	}
	_, err := fmt.Fprintf(s.in, "{\"message\":%q}\n", e.Request.Code)
	noError(t, err)
	line, err := s.out.ReadString('\n')
	noError(t, err)
	var got struct {
		Plain   string
		Context map[string]string
	}
	noError(t, json.Unmarshal([]byte(line), &got))
	if diff := cmp.Diff(map[string]string{"userpool-id": s.pool}, got.Context); diff != "" {
		t.Errorf("encryption context (-want +got):\n%s", diff)
	}
	return e, got.Plain
}

// Every message goes to the pool's own function, with a code that AWS's library
// decrypts and that proves what it is for.
func TestSenders(t *testing.T) {
	for _, operation := range []string{"SignUp", "ResendConfirmationCode", "UpdateUserAttributes", "GetUserAttributeVerificationCode", "AdminUpdateUserAttributes", "ForgotPassword", "AdminResetUserPassword", "AdminCreateUser"} {
		covers(t, operation)
	}
	skipElsewhere(t)
	onEachEngine(t, func(t *testing.T, e *env) {
		s := newSenders(t, e)
		metadata := wish("greeting", "Grüezi")
		did(s.signUpWith(t, "ann", metadata, "email=ann@e.example"))(t)
		event, code := s.next(t, "CustomEmailSender_SignUp")
		want := senderEvent{TriggerSource: "CustomEmailSender_SignUp", UserName: "ann"}
		want.CallerContext.ClientID = s.client
		want.Request.Type, want.Request.Code, want.Request.ClientMetadata = "customEmailSenderRequestV1", event.Request.Code, metadata
		want.Request.UserAttributes = map[string]string{
			"sub": event.Request.UserAttributes["sub"], "email": "ann@e.example", "email_verified": "false", "cognito:user_status": "UNCONFIRMED",
		}
		if diff := cmp.Diff(want, event); diff != "" {
			t.Errorf("the event (-want +got):\n%s", diff)
		}
		did(s.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{ClientId: &s.client, Username: aws.String("ann")}))(t)
		_, code2 := s.next(t, "CustomEmailSender_ResendCode")
		if err := s.confirm(t, "ann", code); code != code2 && err == nil {
			t.Error("the replaced code confirms")
		}
		noError(t, s.confirm(t, "ann", code2))
		token := s.signIn(t, "ann").AccessToken
		out := did(s.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{AccessToken: token, UserAttributes: attrs("phone_number=+15550100"), ClientMetadata: metadata}))(t)
		if len(out.CodeDeliveryDetailsList) != 1 || *out.CodeDeliveryDetailsList[0].Destination != "+****0100" {
			t.Errorf("deliveries %v", out.CodeDeliveryDetailsList)
		}
		event, code = s.next(t, "CustomSMSSender_UpdateUserAttribute")
		if event.Request.Type != "customSMSSenderRequestV1" || event.Request.UserAttributes["phone_number"] != "+15550100" || event.Request.ClientMetadata["greeting"] != "Grüezi" {
			t.Errorf("the event is %+v", event)
		}
		noError(t, s.verify(t, token, "phone_number", code))
		did(s.AdminUpdateUserAttributes(t.Context(), &cip.AdminUpdateUserAttributesInput{UserPoolId: &s.pool, Username: aws.String("ann"), UserAttributes: attrs("email=new@e.example")}))(t)
		event, _ = s.next(t, "CustomEmailSender_UpdateUserAttribute")
		if event.CallerContext.ClientID != "CLIENT_ID_NOT_APPLICABLE" || event.Request.UserAttributes["email"] != "new@e.example" {
			t.Errorf("the event is %+v", event)
		}
		did(s.GetUserAttributeVerificationCode(t.Context(), &cip.GetUserAttributeVerificationCodeInput{AccessToken: token, AttributeName: aws.String("email")}))(t)
		_, code = s.next(t, "CustomEmailSender_VerifyUserAttribute")
		noError(t, s.verify(t, token, "email", code))
		did(s.forgot(t, "ann"))(t)
		_, code = s.next(t, "CustomEmailSender_ForgotPassword")
		noError(t, s.recover(t, "ann", code, newPassword))
		did(s.AdminResetUserPassword(t.Context(), &cip.AdminResetUserPasswordInput{UserPoolId: &s.pool, Username: aws.String("ann")}))(t)
		s.next(t, "CustomEmailSender_ForgotPassword")
		did(s.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
			UserPoolId: &s.pool, Username: aws.String("cyd"), UserAttributes: attrs("email=cyd@e.example"), DesiredDeliveryMediums: []types.DeliveryMediumType{"EMAIL"},
			TemporaryPassword: aws.String(`<Tr&y> "1' Pass`),
		}))(t)
		if _, code = s.next(t, "CustomEmailSender_AdminCreateUser"); code != "&lt;Tr&amp;y&gt; &#34;1&#39; Pass" {
			t.Errorf("the temporary password is %q", code)
		}
		for _, to := range []string{"ann@e.example", "new@e.example", "cyd@e.example", "+15550100"} {
			if n := s.messages(t, to); n != 0 {
				t.Errorf("%d messages to %s went another way", n, to)
			}
		}
		if log := e.srv.Log(); strings.Contains(log, "Grüezi") || strings.Contains(log, base64.StdEncoding.EncodeToString([]byte("Grüezi"))) {
			t.Error("the log has the ClientMetadata")
		}
	})
}

// A function that fails, one that nobody knows and a key that nobody knows are
// not told to the caller, whose change stands.
func TestSendersThatFail(t *testing.T) {
	covers(t, "UpdateUserAttributes")
	skipElsewhere(t)
	const nowhere = "arn:aws:lambda:us-east-1:000000000000:function:nowhere"
	onEachEngine(t, func(t *testing.T, e *env) {
		for name, config := range map[string]types.LambdaConfigType{
			"a function that throws":    {KMSKeyID: aws.String(senderKey), CustomEmailSender: &types.CustomEmailLambdaVersionConfigType{LambdaArn: aws.String(greetGo), LambdaVersion: "V1_0"}},
			"a function that is not":    {KMSKeyID: aws.String(senderKey), CustomEmailSender: &types.CustomEmailLambdaVersionConfigType{LambdaArn: aws.String(nowhere), LambdaVersion: "V1_0"}},
			"a key that nobody has":     {KMSKeyID: aws.String(senderKey + "x"), CustomEmailSender: &types.CustomEmailLambdaVersionConfigType{LambdaArn: aws.String(greetGo), LambdaVersion: "V1_0"}},
			"both, of the other medium": {KMSKeyID: aws.String(senderKey + "x"), CustomSMSSender: &types.CustomSMSLambdaVersionConfigType{LambdaArn: aws.String(nowhere), LambdaVersion: "V1_0"}},
		} {
			t.Run(name, func(t *testing.T) {
				f := newFixture(t, e, func(in *cip.CreateUserPoolInput) { byEmail(in); in.LambdaConfig = &config })
				f.user(t, "ann", "email=ann@e.example", "email_verified=true")
				address := unique("new") + "@e.example"
				out := did(f.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{
					AccessToken: f.signIn(t, "ann").AccessToken, UserAttributes: attrs("email=" + address), ClientMetadata: wish("mode", "throw"),
				}))(t)
				if len(out.CodeDeliveryDetailsList) != 1 || f.attributes(t, "ann")["email"] != address {
					t.Errorf("deliveries %v, attributes %v", out.CodeDeliveryDetailsList, f.attributes(t, "ann"))
				}
				if got, want := f.messages(t, address), map[bool]int{true: 1}[config.CustomSMSSender != nil]; got != want {
					t.Errorf("%d messages went another way, want %d", got, want)
				}
			})
		}
	})
}
