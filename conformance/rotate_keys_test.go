package conformance

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"poolhouse.dev/poolhousetest"
)

// rotateKeys runs `poolhouse rotate-keys` and returns what it wrote.
func (f *fixture) rotateKeys(t *testing.T, pool, after string) (string, error) {
	t.Helper()
	return administer(t, f.url, "rotate-keys", "--pool", pool, "--after", after)
}

// administer runs a command that calls a server as an administrator, and returns what it
// wrote.
func administer(t *testing.T, url, name string, args ...string) (string, error) {
	t.Helper()
	path, err := command()
	if err != nil {
		t.Fatal(path, err)
	}
	cmd := exec.CommandContext(t.Context(), path, append([]string{name, "--endpoint", url}, args...)...)
	cmd.Env = append(cmd.Environ(), "POOLHOUSE_ROOT_ACCESS_KEY_ID="+poolhousetest.AccessKeyID, "POOLHOUSE_ROOT_SECRET_ACCESS_KEY="+poolhousetest.SecretAccessKey)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, &stderr)
	}
	settle()
	return string(out), err
}

// post makes an administrator's request beside the API, signed as of a clock, which has
// to be answered with success.
func (f *fixture) post(t *testing.T, c *clock, path, body string) {
	t.Helper()
	if status, text := f.tryPost(t, c, path, body); status != http.StatusOK {
		t.Fatalf("%s: %s", path, text)
	}
	settle()
}

// tryPost makes an administrator's request beside the API and returns its answer.
func (f *fixture) tryPost(t *testing.T, c *clock, path, body string) (status int, answer []byte) {
	t.Helper()
	req := did(http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+path, strings.NewReader(body)))(t)
	sum := sha256.Sum256([]byte(body))
	root := aws.Credentials{AccessKeyID: poolhousetest.AccessKeyID, SecretAccessKey: poolhousetest.SecretAccessKey}
	noError(t, c.SignHTTP(t.Context(), root, req, hex.EncodeToString(sum[:]), "cognito-idp", poolhousetest.Region, time.Time{}))
	resp := did(web.Do(req))(t)
	defer resp.Body.Close()
	return resp.StatusCode, did(io.ReadAll(resp.Body))(t)
}

// keys returns the ids of the keys that the pool publishes.
func (f *fixture) keys(t *testing.T) (ids []string) {
	t.Helper()
	var set struct{ Keys []struct{ Kid string } }
	noError(t, json.Unmarshal(f.publicKeys(t), &set))
	for _, k := range set.Keys {
		ids = append(ids, k.Kid)
	}
	return ids
}

// keyOf returns the id of the key that signed a token.
func keyOf(t *testing.T, token *string) string {
	t.Helper()
	head, _, _ := strings.Cut(*token, ".")
	text := did(base64.RawURLEncoding.DecodeString(head))(t)
	var header struct{ Kid string }
	noError(t, json.Unmarshal(text, &header))
	return header.Kid
}

// The command exchanges the keys of a pool. Tokens of the old keys stay good.
func TestRotateKeysCommand(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		before, old := f.signIn(t, "ann"), f.keys(t)
		out, err := f.rotateKeys(t, f.pool, "0s")
		noError(t, err)
		all := f.keys(t)
		if len(old) != 2 || len(all) != 4 {
			t.Fatalf("%d keys, then %d", len(old), len(all))
		}
		for _, id := range all {
			if !strings.Contains(out, id) {
				t.Errorf("the command does not tell of %s:\n%s", id, out)
			}
		}
		after := f.signIn(t, "ann")
		for _, token := range []*string{after.AccessToken, after.IdToken} {
			if id := keyOf(t, token); slices.Contains(old, id) || !slices.Contains(all, id) {
				t.Errorf("a new token is signed with %s", id)
			}
		}
		for _, token := range []*string{before.AccessToken, after.AccessToken, f.refresh(t, *before.RefreshToken).AccessToken} {
			did(f.GetUser(t.Context(), &cip.GetUserInput{AccessToken: token}))(t)
		}
		_, err = f.rotateKeys(t, f.pool, "1h")
		noError(t, err)
		for _, c := range []struct{ pool, after, want string }{
			{f.pool, "1h", "do not sign before"}, {f.pool, "721h", "after: want"}, {f.pool, "soon", "after: want"}, {"us-east-1_Nobody000", "1h", "does not exist"},
		} {
			if _, err := f.rotateKeys(t, c.pool, c.after); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s after %s: %v, want %q", c.pool, c.after, err, c.want)
			}
		}
		if resp := e.asBrowser(t, http.MethodPost, "/_poolhouse/rotate-keys?user_pool_id="+f.pool); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("unsigned: %d", resp.StatusCode)
		}
	})
}

// New keys are published before they sign, and old ones until their last token has run
// out.
func TestKeysRotateInTime(t *testing.T) {
	withClock(t, func(t *testing.T, e *env, c *clock) {
		f := newFixture(t, e, nil)
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.AccessTokenValidity = aws.Int32(24) })
		f.user(t, "ann")
		old := f.keys(t)
		f.post(t, c, "/_poolhouse/rotate-keys?after=1h&user_pool_id="+f.pool, "")
		if len(f.keys(t)) != 4 {
			t.Error("the new keys are not published")
		}
		early := f.signIn(t, "ann")
		c.advance(time.Hour - time.Minute)
		last := f.signIn(t, "ann")
		for _, token := range []*string{early.AccessToken, early.IdToken, last.AccessToken, last.IdToken} {
			if !slices.Contains(old, keyOf(t, token)) {
				t.Error("the new keys sign too early")
			}
		}
		c.advance(time.Minute + time.Second)
		if token := f.signIn(t, "ann"); slices.Contains(old, keyOf(t, token.AccessToken)) || slices.Contains(old, keyOf(t, token.IdToken)) {
			t.Error("the old keys still sign")
		}
		c.advance(23*time.Hour + 50*time.Minute)
		did(f.GetUser(t.Context(), &cip.GetUserInput{AccessToken: last.AccessToken}))(t)
		c.advance(2 * time.Hour)
		for _, id := range f.keys(t) {
			if slices.Contains(old, id) {
				t.Error("an old key is still published")
			}
		}
		f.signIn(t, "ann")
	})
}
