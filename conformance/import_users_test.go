package conformance

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/poolhousetest"
)

// importUsers runs `poolhouse import-users` with lines, or with a file where they begin
// with "file:", and returns what it wrote.
func (f *fixture) importUsers(t *testing.T, lines ...string) (out string, err error) {
	t.Helper()
	path, err := command()
	if err != nil {
		t.Fatal(path, err)
	}
	file := "-"
	if name, ok := strings.CutPrefix(lines[0], "file:"); ok {
		file = name
	}
	cmd := exec.CommandContext(t.Context(), path, "import-users", "--endpoint", f.url, "--pool", f.pool, file)
	cmd.Env = append(cmd.Environ(), "POOLHOUSE_ROOT_ACCESS_KEY_ID="+poolhousetest.AccessKeyID, "POOLHOUSE_ROOT_SECRET_ACCESS_KEY="+poolhousetest.SecretAccessKey)
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, &stderr)
	}
	return string(text), err
}

// wantImport wants what the command writes, and that it fails where lines were refused.
func (f *fixture) wantImport(t *testing.T, want string, lines ...string) {
	t.Helper()
	out, err := f.importUsers(t, lines...)
	if diff := cmp.Diff(want, out); diff != "" || (err != nil) == strings.HasSuffix(out, " refused: 0\n") {
		t.Errorf("import-users: %v (-want +got):\n%s", err, diff)
	}
}

// importedUsers are those of the fixture, whose hashes Python's bcrypt, argon2-cffi and
// hashlib made, and Firebase's own sample.
var importedUsers = map[string]string{
	"bcrypt": "Imported-1 pässword", "bcrypt-2y": "Imported-2", "argon2id": "Imported-3", "scrypt": "Imported-4", "pbkdf2-sha256": "Imported-5",
	"pbkdf2-sha512": "Imported-6", "pbkdf2-sha1": "Imported-7", "django": "Imported-8", "firebase": "user1password",
}

const (
	importedFile = "file:testdata/imported-users.jsonl"
	// bcryptPassword is the password of the other tests.
	bcryptPassword = `"$2b$04$abcdefghijklmnopqrstuuchGdllX0O2ZthG6oyaPSbmBrCIbnHlu"`
	noSRPYet       = "The password of the user was imported and cannot be proved by SRP before the user has signed in with USER_PASSWORD_AUTH once."
)

func byEmailToo(in *cip.CreateUserPoolInput) {
	in.AliasAttributes = []types.AliasAttributeType{"email"}
	in.AutoVerifiedAttributes = []types.VerifiedAttributeType{"email"}
}

// Users of another system sign in with the passwords that they had there, and from then
// on by SRP, too. Before that SRP says what to do, or nothing where users are hidden.
func TestImportedUsers(t *testing.T) {
	covers(t, "InitiateAuth", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byEmailToo)
		f.wantImport(t, "lines: 9, imported: 9, skipped: 0, refused: 0\n", importedFile)
		open, hidden := f.bySRP(t, false), f.bySRP(t, true)
		for name, password := range importedUsers {
			if got := f.status(t, name); got != "CONFIRMED" {
				t.Errorf("%s is %s", name, got)
			}
			f.client = open
			_, err := f.signInBySRP(t, name, password)
			wantFaultNamed(t, name+" by SRP", err, "InvalidParameterException", noSRPYet)
			_, err = f.trySignIn(t, name, password+"x")
			wantFaultNamed(t, name+" with another password", err, "NotAuthorizedException", wrongLogin)
			f.client = hidden
			_, err = f.signInBySRP(t, name, password)
			wantFaultNamed(t, name+" by SRP, hidden", err, "NotAuthorizedException", wrongLogin)
			tokens := f.signInWith(t, name+"@imported.example", password)
			f.own(t, tokens.AccessToken)
			for _, client := range []string{hidden, open} {
				f.client = client
				again := did(f.signInBySRP(t, name, password))(t)
				f.own(t, again.AccessToken)
				_, err = f.signInBySRP(t, name, password+"x")
				wantFaultNamed(t, name+" by SRP with another password", err, "NotAuthorizedException", wrongLogin)
				f.signInWith(t, name, password)
			}
		}
		var again strings.Builder
		for n := range len(importedUsers) {
			fmt.Fprintf(&again, "line %d: skipped: a user with this name exists already\n", n+1)
		}
		f.wantImport(t, again.String()+"lines: 9, imported: 0, skipped: 9, refused: 0\n", importedFile)
		for name, password := range importedUsers {
			did(f.signInBySRP(t, name, password))(t)
		}
	})
}

// A line says all of its user: sub, attributes, status, groups.
func TestImportedUsersAreWhole(t *testing.T) {
	const sub = "11111111-2222-4333-8444-555555555555"
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byEmailToo)
		f.client = f.bySRP(t, false)
		f.group(t, "staff", 1, roleOne)
		f.group(t, "night", 2, "")
		f.wantImport(t, "lines: 8, imported: 8, skipped: 0, refused: 0\n",
			"\ufeff"+`{"username":"ann","sub":"`+sub+`","attributes":{"name":"Ann","email":"ann@whole.example","email_verified":"true"},"passwordHash":`+bcryptPassword+`,"groups":["staff","night","staff"]}`+"\r",
			`{"username":"off","passwordHash":`+bcryptPassword+`,"enabled":false}`, ``, `   `,
			`{"username":"new","passwordHash":`+bcryptPassword+`,"status":"UNCONFIRMED"}`,
			`{"username":"reset","attributes":{"email":"reset@whole.example","email_verified":"true"}}`,
			`{"username":"reset2","passwordHash":`+bcryptPassword+`,"status":"RESET_REQUIRED","enabled":true}`,
			`{"username":"temporary","passwordHash":`+bcryptPassword+`,"status":"FORCE_CHANGE_PASSWORD"}`,
			`{"username":"none","status":"CONFIRMED"}`,
			`{"username":"copy","attributes":{"sub":"22222222-2222-4333-8444-555555555555","nickname":""}}`,
		)
		if diff := cmp.Diff(map[string]string{"sub": sub, "name": "Ann", "email": "ann@whole.example", "email_verified": "true"}, f.attributes(t, "ann")); diff != "" {
			t.Errorf("attributes (-want +got):\n%s", diff)
		}
		if got := f.attributes(t, "copy"); len(got) != 1 || got["sub"] != "22222222-2222-4333-8444-555555555555" {
			t.Errorf("copy has %v", got)
		}
		groups := f.groupsOf(t, "ann")
		slices.Sort(groups)
		if diff := cmp.Diff([]string{"night", "staff"}, groups); diff != "" {
			t.Errorf("groups (-want +got):\n%s", diff)
		}
		tokens := f.signIn(t, "ann@whole.example")
		if id := parseJWT(t, *tokens.IdToken).claims; id["sub"] != sub || id["cognito:preferred_role"] != roleOne {
			t.Errorf("claims %v", id)
		}
		for name, want := range map[string]string{
			"off": "NotAuthorizedException: User is disabled.", "new": "UserNotConfirmedException: User is not confirmed.",
			"reset2": "PasswordResetRequiredException: " + mustReset, "reset": "NotAuthorizedException: " + wrongLogin, "none": "NotAuthorizedException: " + wrongLogin,
		} {
			_, err := f.trySignIn(t, name, password)
			code, message, _ := strings.Cut(want, ": ")
			wantFaultNamed(t, name, err, code, message)
		}
		if out := did(f.trySignIn(t, "temporary", password))(t); out.ChallengeName != "NEW_PASSWORD_REQUIRED" {
			t.Errorf("a temporary password leads to %q", out.ChallengeName)
		}
		did(f.forgot(t, "reset"))(t)
		noError(t, f.recover(t, "reset", f.code(t, "reset@whole.example"), newPassword))
		f.signInWith(t, "reset", newPassword)
		did(f.setPassword(t, "none", newPassword, true))(t)
		f.signInWith(t, "none", newPassword)
	})
}

// A line that is refused is told with its number and the reason, and leaves nothing;
// the lines around it are imported.
func TestImportRefusesLines(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byEmailToo)
		f.user(t, "held", "email=held@refused.example", "email_verified=true")
		sub := f.attributes(t, "held")["sub"]
		long := strings.Repeat("x", 70_000)
		const attribute, hash = "Attributes did not conform to the schema: ", "passwordHash: not a password hash in a known form: "
		const nameless = "refused: 2 validation errors detected: Value at 'username' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+"
		var lines []string
		var want strings.Builder
		for _, c := range []struct{ line, result string }{
			{`{"username":"good","passwordHash":` + bcryptPassword + `}`, ""},
			{`{"username":`, `refused: not the JSON object of a user: unexpected EOF within "/username" after offset 12`},
			{`{"username":"r1"} {}`, "refused: not the JSON object of a user: invalid character '{' after top-level value after offset 18"},
			{`["r2"]`, "refused: not the JSON object of a user: it is no object"},
			{`{"username":"r3","passwordhash":` + bcryptPassword + `}`, `refused: not the JSON object of a user: it has the unknown member "passwordhash"`},
			{`{"username":"r4","username":"r4"}`, `refused: not the JSON object of a user: duplicate object member name "username"`},
			{`{"username":"r5","attributes":{"name":7}}`, "refused: not the JSON object of a user: what is at attributes/name is of another type"},
			{`{"username":"r6","passwordHash":"5f4dcc3b5aa765d61d8327deb882cf99"}`, "refused: " + hash + "it begins with none of $2a$, $2b$, $2y$, $argon2id$, $scrypt$, $firescrypt$, $pbkdf2- and pbkdf2_"},
			{`{"username":"r7","passwordHash":"$2b$31$abcdefghijklmnopqrstuu9ofUhz9G1OiAAO60On8jDt6Y6BaFosa"}`, "refused: passwordHash: the password hash costs too much to check: bcrypt: the cost is above 15"},
			{`{"username":"r8","attributes":{"custom:x":"y"}}`, "refused: " + attribute + "custom:x: Attribute does not exist in the schema."},
			{`{"username":"r9","attributes":{"email":"no"}}`, "refused: Invalid email address format."},
			{`{"username":"r10","status":"COMPROMISED"}`, `refused: The status "COMPROMISED" is none of CONFIRMED, UNCONFIRMED, RESET_REQUIRED and FORCE_CHANGE_PASSWORD.`},
			{`{"username":"r11","status":"EXTERNAL_PROVIDER"}`, `refused: The status "EXTERNAL_PROVIDER" is none of CONFIRMED, UNCONFIRMED, RESET_REQUIRED and FORCE_CHANGE_PASSWORD.`},
			{`{"username":"r12","sub":"ABC"}`, "refused: sub: not a UUID in lower case"},
			{`{"username":"r13","sub":"` + sub + `","attributes":{"sub":"11111111-2222-4333-8444-555555555555"}}`, "refused: sub: not the one among the attributes"},
			{`{"username":"r14","groups":["nothing"]}`, `refused: groups: the pool has no group "nothing"`},
			{`{"username":"r15@refused.example"}`, "refused: Username cannot be of email format, since user pool is configured for email alias."},
			{`{"username":""}`, nameless},
			{`{}`, nameless},
			{`{"username":"r16","attributes":{"name":"` + long + `"}}`, "refused: longer than 65536 bytes"},
			{`{"username":"r17","attributes":{"email":"held@refused.example","email_verified":"true"},"groups":[]}`, "refused: An account with the given email already exists."},
			{`{"username":"held"}`, "skipped: a user with this name exists already"},
			{`{"username":"r18","sub":"` + sub + `"}`, "skipped: a user with this sub exists already"},
			{`{"username":"twice","attributes":{"email":"twice@refused.example","email_verified":"true"}}`, ""},
			{`{"username":"twice"}`, "skipped: a user with this name exists already"},
			{`{"username":"r19","attributes":{"email":"twice@refused.example","email_verified":"true"}}`, "refused: An account with the given email already exists."},
			{`{"username":"last","passwordHash":` + bcryptPassword + `}`, ""},
		} {
			lines = append(lines, c.line)
			if c.result != "" {
				fmt.Fprintf(&want, "line %d: %s\n", len(lines), c.result)
			}
		}
		out, err := f.importUsers(t, lines...)
		if err == nil || !strings.Contains(err.Error(), "21 of 27 lines were refused") {
			t.Errorf("import-users: %v", err)
		}
		if diff := cmp.Diff(want.String()+"lines: 27, imported: 3, skipped: 3, refused: 21\n", out); diff != "" {
			t.Errorf("report (-want +got):\n%s", diff)
		}
		if strings.Contains(out, "$2b$31") || strings.Contains(out, "5f4dcc3b") {
			t.Error("the report holds a hash")
		}
		for n := range 20 {
			name := fmt.Sprintf("r%d", n)
			if _, err := f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: &name}); err == nil {
				t.Errorf("%s was made", name)
			}
		}
		f.signIn(t, "good")
		f.signIn(t, "last")
		f.signIn(t, "held")
		if got := f.attributes(t, "twice")["email"]; got != "twice@refused.example" {
			t.Errorf("the second line of a name changed the first: %s", got)
		}
	})
}

// An import that met a pool or key that is not there says so and makes nobody.
func TestImportThatCannotBegin(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		elsewhere := *f
		elsewhere.pool = "us-east-1_Nobody000"
		if out, err := elsewhere.importUsers(t, `{"username":"ann"}`); err == nil || !strings.Contains(err.Error(), "us-east-1_Nobody000 does not exist") || !strings.Contains(err.Error(), "lines 1 to 1") {
			t.Errorf("%s, %v", out, err)
		}
		if out, err := f.importUsers(t, "file:nosuchfile"); err == nil || !strings.Contains(err.Error(), "nosuchfile") {
			t.Errorf("%s, %v", out, err)
		}
		resp := did(web.Post(f.url+"/_poolhouse/import-users?user_pool_id="+f.pool, "text/plain", strings.NewReader(`{"username":"ann"}`)))(t)
		answer := did(io.ReadAll(resp.Body))(t)
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK || !strings.Contains(string(answer), "MissingAuthenticationTokenException") {
			t.Errorf("unsigned: %d %s", resp.StatusCode, answer)
		}
		if _, err := f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: aws.String("ann")}); err == nil {
			t.Error("ann was made")
		}
	})
}

// Many lines go in several requests, and their numbers stay those of the file.
func TestImportOfManyLines(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		var lines []string
		for n := range 130 {
			lines = append(lines, fmt.Sprintf(`{"username":"user-%d","passwordHash":%s}`, n, bcryptPassword))
		}
		lines[119] = `{"username":"user-0"}`
		f.wantImport(t, "line 120: skipped: a user with this name exists already\nlines: 130, imported: 129, skipped: 1, refused: 0\n", lines...)
		f.signIn(t, "user-129")
	})
}
