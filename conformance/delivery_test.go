package conformance

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/poolhousetest"
)

// refusingMailServer answers every recipient with a refusal for good and
// returns its port.
func refusingMailServer(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go refuseRecipients(conn)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func refuseRecipients(conn net.Conn) {
	defer conn.Close()
	fmt.Fprint(conn, "220 mail.test\r\n")
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		answer := "250 fine"
		switch command := strings.ToUpper(lines.Text()); {
		case strings.HasPrefix(command, "RCPT"):
			answer = "550 no such mailbox"
		case strings.HasPrefix(command, "QUIT"):
			fmt.Fprint(conn, "221 bye\r\n")
			return
		}
		fmt.Fprint(conn, answer+"\r\n")
	}
}

// Every operation that sends a message, when the mail server refuses it: a
// failure never looks like success. The change itself stands.
func TestRefusedMessageIsToldToTheCaller(t *testing.T) {
	for _, name := range []string{"UpdateUserAttributes", "GetUserAttributeVerificationCode", "SignUp", "ResendConfirmationCode", "AdminCreateUser"} {
		refuses(t, name, "CodeDeliveryFailureException")
	}
	refuses(t, "AdminUpdateUserAttributes", "InvalidParameterException")
	skipElsewhere(t)
	srv := poolhousetest.Start(t, poolhousetest.Options{SMTPHost: "127.0.0.1", SMTPPort: refusingMailServer(t)})
	f := newFixture(t, &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}, verifies("email", false))
	const text = "Invalid email provided/Unable to send the email"
	f.user(t, "ann", "email=ann@example.com")
	token := f.signIn(t, "ann").AccessToken
	_, err := f.update(t, token, "email=new@example.com", "name=Ann")
	wantFault(t, err, "CodeDeliveryFailureException", text)
	if got := f.own(t, token); got["email"] != "new@example.com" || got["email_verified"] != "false" || got["name"] != "Ann" {
		t.Errorf("after a message that was refused: %v", got)
	}
	_, err = f.askCode(t, token, "email")
	wantFault(t, err, "CodeDeliveryFailureException", text)
	wantFault(t, f.adminUpdate(t, "ann", "email=newer@example.com"), "InvalidParameterException", text)
	_, err = f.SignUp(t.Context(), &cip.SignUpInput{ClientId: &f.client, Username: aws.String("bob"), Password: aws.String(password), UserAttributes: attrs("email=bob@example.com")})
	wantFault(t, err, "CodeDeliveryFailureException", text)
	_, err = f.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{ClientId: &f.client, Username: aws.String("bob")})
	wantFault(t, err, "CodeDeliveryFailureException", text)
	_, err = f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: &f.pool, Username: aws.String("cy"), UserAttributes: attrs("email=cy@example.com"), DesiredDeliveryMediums: []types.DeliveryMediumType{"EMAIL"}})
	wantFault(t, err, "CodeDeliveryFailureException", text)
}
