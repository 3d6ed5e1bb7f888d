package conformance

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/conformance/functions"
	"poolhouse.dev/poolhousetest"
)

// textMessage is what the message centre took.
type textMessage struct {
	Account, From string
	FromType      int
	To            string
	ToType        int
	Text          string
}

// messageCentre starts a message centre on Node.js and returns its port and what it
// prints.
func messageCentre(t *testing.T) (port int, lines *bufio.Scanner) {
	t.Helper()
	const folder = "stories/js"
	_, missing := os.Stat(folder + "/node_modules/smpp")
	if err := functions.FindNode(); err != nil || missing != nil {
		if os.Getenv("POOLHOUSE_REQUIRE_CLIENTS") == "1" {
			t.Fatalf("POOLHOUSE_REQUIRE_CLIENTS=1: %v, %v", err, missing)
		}
		t.Skip("Node.js and the packages of stories/js are not installed")
	}
	cmd := exec.Command("node", "smsc.mjs")
	cmd.Dir, cmd.Stderr = folder, os.Stderr
	out, err := cmd.StdoutPipe()
	noError(t, err)
	noError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines = bufio.NewScanner(out)
	lines.Scan()
	port, err = strconv.Atoi(lines.Text())
	noError(t, err)
	return port, lines
}

// Codes reach a message centre in every alphabet and in parts, and what it refuses
// is told to the caller.
func TestTextMessagesOverSMPP(t *testing.T) {
	refuses(t, "UpdateUserAttributes", "CodeDeliveryFailureException")
	skipElsewhere(t)
	port, lines := messageCentre(t)
	srv := poolhousetest.Start(t, poolhousetest.Options{SMPPHost: "127.0.0.1", SMPPPort: port})
	e := &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}
	for i, template := range []string{"Your code is {####}. [€]", "Ваш код {####}", strings.Repeat("я", 134) + "{####}", strings.Repeat("€", 134) + "{####}"} {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			byPhoneToo(in)
			in.SmsVerificationMessage = aws.String(template)
		})
		f.user(t, "ann")
		token := f.signIn(t, "ann").AccessToken
		number := "+1555555010" + strconv.Itoa(i)
		did(f.update(t, token, "phone_number="+number))(t)
		if !lines.Scan() {
			t.Fatalf("the message centre took nothing: %v", lines.Err())
		}
		var got textMessage
		noError(t, json.Unmarshal(lines.Bytes(), &got))
		before, after, _ := strings.Cut(template, "{####}")
		code := strings.TrimSuffix(strings.TrimPrefix(got.Text, before), after)
		want := textMessage{Account: "poolhouse", From: "poolhouse", FromType: 5, To: number[1:], ToType: 1, Text: before + code + after}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", template, diff)
		}
		noError(t, f.verify(t, token, "phone_number", code))
	}
	f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
		byPhoneToo(in)
		in.SmsVerificationMessage = aws.String("refuse {####}")
		in.UserAttributeUpdateSettings = &types.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{"phone_number"}}
	})
	f.user(t, "ann")
	token := f.signIn(t, "ann").AccessToken
	_, err := f.update(t, token, "phone_number=+15555550199")
	wantFault(t, err, "CodeDeliveryFailureException", "Invalid phone number provided/Unable to send the message.")
}
