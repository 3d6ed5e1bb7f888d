package conformance

import (
	"bytes"
	"crypto/x509"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	_ "modernc.org/sqlite"

	"poolhouse.dev/poolhousetest"
)

// secrets are what must be found nowhere, by what they are.
type secrets map[string]string

// A whole story leaves no secret readable in the database, nor in the log at its
// most talkative: no password, code, token, client secret or message.
func TestSecretsAreNowhereReadable(t *testing.T) {
	mail := keepMail(t)
	data := filepath.Join(t.TempDir(), "data")
	srv, err := poolhousetest.Launch(poolhousetest.Options{Data: data, SMTPHost: "127.0.0.1", SMTPPort: mail.port, LogLevel: "debug"})
	if err != nil {
		t.Fatal(err)
	}
	told := tellStory(t, &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}, mail)
	if err := srv.Close(); err != nil {
		t.Fatal(err)
	}
	cells := dump(t, filepath.Join(data, "poolhouse.db"))
	for _, want := range []string{"ann@example.com", "newer@example.com", "bob"} {
		if !cells.contain(want) {
			t.Errorf("the dump does not even hold %s", want)
		}
	}
	for what, secret := range told {
		if secret == "" {
			t.Errorf("the story has no %s", what)
			continue
		}
		if where := cells.find(secret); where != "" {
			t.Errorf("the %s is readable in %s", what, where)
		}
		if stands(srv.Log(), secret) {
			t.Errorf("the %s is in the log", what)
		}
	}
	for where, value := range cells {
		if holdsPrivateKey(value) {
			t.Errorf("a private key is readable in %s", where)
		}
	}
	for _, name := range []string{"ann@example.com", "ann-of-the-story", "bob-of-the-story"} {
		if strings.Contains(srv.Log(), name) {
			t.Errorf("%s is named in the log", name)
		}
	}
	for _, file := range []string{"poolhouse.db", "poolhouse.db-wal"} {
		raw, err := os.ReadFile(filepath.Join(data, file))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for what, secret := range told {
			if len(secret) > 6 && bytes.Contains(raw, []byte(secret)) {
				t.Errorf("the %s is readable in %s", what, file)
			}
		}
	}
}

// tellStory takes two people through all that has to do with a secret, and
// returns the secrets. The mail server takes every message and then fails, so
// that all of them stay in the outbox.
func tellStory(t *testing.T, e *env, mail *keptMail) secrets {
	t.Helper()
	ctx := t.Context()
	f := newFixture(t, e, verifies("email", true))
	c := did(f.CreateUserPoolClient(ctx, &cip.CreateUserPoolClientInput{UserPoolId: &f.pool, ClientName: aws.String("hidden"), GenerateSecret: true}))(t)
	told := secrets{
		"client secret": *c.UserPoolClient.ClientSecret, "password": "Ann-Passw0rd!", "wrong password": "Wr0ng-Passw0rd!",
		"temporary password": "T3mp-Passw0rd!", "new password": "N3w-Passw0rd!", "administrator's password": "S3t-Passw0rd!",
		"message": "code is ", "greeting of a message": "temporary password is",
	}
	const ann, bob = "ann-of-the-story", "bob-of-the-story"
	_, err := f.SignUp(ctx, &cip.SignUpInput{ClientId: &f.client, Username: aws.String(ann), Password: aws.String(told["password"]), UserAttributes: attrs("email=ann@example.com")})
	wantFault(t, err, "CodeDeliveryFailureException", "Invalid email provided/Unable to send the email")
	told["code of the sign-up"] = mail.code(t, "ann@example.com")
	wantFault(t, f.confirm(t, ann, wrongCode(told["code of the sign-up"])), "CodeMismatchException", "Invalid verification code provided, please try again.")
	noError(t, f.confirm(t, ann, told["code of the sign-up"]))
	_, err = f.trySignIn(t, ann, told["wrong password"])
	wantFault(t, err, "NotAuthorizedException", "Incorrect username or password.")
	tokens := did(f.trySignIn(t, ann, told["password"]))(t).AuthenticationResult
	told["access token"], told["ID token"], told["refresh token"] = *tokens.AccessToken, *tokens.IdToken, *tokens.RefreshToken
	told["signature of the access token"] = (*tokens.AccessToken)[strings.LastIndexByte(*tokens.AccessToken, '.')+1:]
	_, err = f.update(t, tokens.AccessToken, "email=newer@example.com")
	wantFault(t, err, "CodeDeliveryFailureException", "Invalid email provided/Unable to send the email")
	told["code of a new address"] = mail.code(t, "newer@example.com")
	wantFault(t, e.verify(t, tokens.AccessToken, "email", wrongCode(told["code of a new address"])), "CodeMismatchException", "Invalid verification code provided, please try again.")
	_, err = f.AdminCreateUser(ctx, &cip.AdminCreateUserInput{
		UserPoolId: &f.pool, Username: aws.String(bob), TemporaryPassword: aws.String(told["temporary password"]),
		UserAttributes: attrs("email=bob@example.com"), DesiredDeliveryMediums: []types.DeliveryMediumType{"EMAIL"},
	})
	wantFault(t, err, "CodeDeliveryFailureException", "Invalid email provided/Unable to send the email")
	challenge := did(f.trySignIn(t, bob, told["temporary password"]))(t)
	told["session"] = *challenge.Session
	bobs := did(f.RespondToAuthChallenge(ctx, &cip.RespondToAuthChallengeInput{
		ClientId: &f.client, ChallengeName: challenge.ChallengeName, Session: challenge.Session,
		ChallengeResponses: map[string]string{"USERNAME": bob, "NEW_PASSWORD": told["new password"]},
	}))(t).AuthenticationResult
	told["refreshed access token"] = *f.refresh(t, *bobs.RefreshToken).AccessToken
	did(f.RevokeToken(ctx, &cip.RevokeTokenInput{ClientId: &f.client, Token: bobs.RefreshToken}))(t)
	did(f.AdminSetUserPassword(ctx, &cip.AdminSetUserPasswordInput{UserPoolId: &f.pool, Username: aws.String(bob), Password: aws.String(told["administrator's password"]), Permanent: true}))(t)
	return told
}

// cells are the values of a database by where they stand.
type cells map[string]string

func (c cells) contain(text string) bool { return c.find(text) != "" }

// find returns where a text stands, "" for nowhere.
func (c cells) find(text string) string {
	for where, value := range c {
		if strings.Contains(value, text) {
			return where
		}
	}
	return ""
}

// stands reports whether a secret stands in a text by itself: the digits of a code
// also turn up inside of times and numbers.
func stands(text, secret string) bool {
	return regexp.MustCompile(`(^|[^0-9.])` + regexp.QuoteMeta(secret) + `($|[^0-9])`).MatchString(text)
}

// dump reads every column of every row. Numbers are left out: times of a million
// microseconds a second hold the digits of any code sooner or later.
func dump(t *testing.T, path string) cells {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := cells{}
	counts := map[string]int{}
	for _, table := range strings.Fields(queryText(t, db, "SELECT name FROM sqlite_master WHERE type='table'")) {
		rows, err := db.QueryContext(t.Context(), `SELECT * FROM "`+table+`"`)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for ; rows.Next(); counts[table]++ {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for i, v := range values {
				switch v := v.(type) {
				case string:
					all[fmt.Sprintf("%s[%d].%s", table, counts[table], columns[i])] = v
				case []byte:
					all[fmt.Sprintf("%s[%d].%s", table, counts[table], columns[i])] = string(v)
				}
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []string{"users", "codes", "outbox", "sessions", "attempts", "clients", "signing_keys", "spent_challenges"} {
		if counts[table] == 0 {
			t.Errorf("the story left no row in %s", table)
		}
	}
	return all
}

func queryText(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		b.WriteString(text + "\n")
	}
	return b.String()
}

// holdsPrivateKey reports whether a value is a private key in any usual form.
func holdsPrivateKey(value string) bool {
	_, pkcs8 := x509.ParsePKCS8PrivateKey([]byte(value))
	_, pkcs1 := x509.ParsePKCS1PrivateKey([]byte(value))
	return pkcs8 == nil || pkcs1 == nil || strings.Contains(value, "PRIVATE KEY")
}
