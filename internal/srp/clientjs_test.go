package srp_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"poolhouse.dev/internal/srp"
	"poolhouse.dev/internal/srp/srptest"
)

// jsClient is where amazon-cognito-identity-js is, when it is installed.
var jsClient = filepath.Join("..", "..", "conformance", "stories", "js")

// jsCase is a handshake as the library is told of it.
type jsCase struct {
	Pool     string `json:"pool"`
	Username string `json:"username"`
	Password string `json:"password"`
	A        string `json:"a"` // the client's secret
	B        string `json:"B"`
	Salt     string `json:"salt"`

	verifier, secret, public []byte
}

// sizes are how many handshakes have each peculiar number, and how many there are. With
// POOLHOUSE_EXHAUSTIVE=1 they are ten and three hundred, which takes minutes.
func sizes() (perShape, all int) {
	if os.Getenv("POOLHOUSE_EXHAUSTIVE") == "1" {
		return 10, 300
	}
	return 1, 20
}

// shape is what is peculiar about one number of a handshake: a leading zero byte, or a
// first bit that would make it negative.
type shape struct {
	name string
	of   func(numbers map[string][]byte) []byte
	has  func([]byte) bool
}

func shapes() (list []shape) {
	zero := func(n []byte) bool { return n[0] == 0 }
	high := func(n []byte) bool { return n[0]&0x80 != 0 }
	for _, number := range []string{"A", "B", "u", "S", "salt"} {
		of := func(numbers map[string][]byte) []byte { return numbers[number] }
		list = append(list, shape{number + " with a leading zero byte", of, zero}, shape{number + " with the high bit", of, high})
	}
	return list
}

// TestKeysOfTheJavaScriptClient holds the server's keys against those of
// amazon-cognito-identity-js, among them some for every peculiar form of each number, which
// is searched for.
func TestKeysOfTheJavaScriptClient(t *testing.T) {
	if _, err := os.Stat(filepath.Join(jsClient, "node_modules", "amazon-cognito-identity-js")); err != nil {
		if os.Getenv("POOLHOUSE_REQUIRE_CLIENTS") == "1" {
			t.Fatal("POOLHOUSE_REQUIRE_CLIENTS=1: npm ci --prefix conformance/stories/js")
		}
		t.Skip("amazon-cognito-identity-js is not installed: npm ci --prefix conformance/stories/js")
	}
	perShape, all := sizes()
	var cases []*jsCase
	for i, s := range shapes() {
		for j := range perShape {
			cases = append(cases, search(t, fmt.Sprintf("shape %d-%d", i, j), s))
		}
	}
	for len(cases) < all {
		cases = append(cases, search(t, fmt.Sprintf("user %d", len(cases)), shape{has: func([]byte) bool { return true }, of: func(map[string][]byte) []byte { return nil }}))
	}
	var in bytes.Buffer
	for _, c := range cases {
		line, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	cmd := exec.CommandContext(t.Context(), "node", "srpkeys.mjs")
	cmd.Dir, cmd.Stdin, cmd.Stderr = jsClient, &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for _, c := range cases {
		var got struct{ A, Key string }
		if !lines.Scan() || json.Unmarshal(lines.Bytes(), &got) != nil {
			t.Fatalf("no key for %s", c.Username)
		}
		a, err := srp.ParsePublic(got.A)
		if err != nil {
			t.Fatal(err)
		}
		key, err := srp.SessionKey(a, c.public, c.verifier, c.secret)
		if err != nil {
			t.Fatal(err)
		}
		if hex.EncodeToString(key) != got.Key {
			t.Errorf("%s: the server's key is %x, the client's %s", c.Username, key, got.Key)
		}
	}
}

// search makes handshakes of a user until one has the shape.
func search(t *testing.T, username string, s shape) *jsCase {
	t.Helper()
	random := rand.New(rand.NewChaCha8([32]byte([]byte(fmt.Sprintf("%-32s", username)))))
	draw := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	password := "Pass-" + hex.EncodeToString(draw(6)) + "-ß"
	salt, a := draw(16), new(big.Int).SetBytes(draw(32))
	verifier := srp.Verifier("POOLname1", username, password, salt)
	v := new(big.Int).SetBytes(verifier)
	public := new(big.Int).Exp(big.NewInt(2), a, srptest.Prime)
	for {
		secret := draw(srp.SecretSize)
		server, err := srp.Public(verifier, secret)
		if err != nil {
			t.Fatal(err)
		}
		numbers := map[string][]byte{"A": public.FillBytes(make([]byte, srp.Size)), "B": server, "salt": salt}
		u := srptest.Sum(srptest.Pad(public), srptest.Pad(new(big.Int).SetBytes(server)))
		numbers["u"] = u.FillBytes(make([]byte, 32))
		if s.name != "" && s.name[0] == 'S' {
			base := new(big.Int).Exp(v, u, srptest.Prime)
			base.Mul(base, public).Mod(base, srptest.Prime)
			numbers["S"] = base.Exp(base, new(big.Int).SetBytes(secret), srptest.Prime).FillBytes(make([]byte, srp.Size))
		}
		if s.has(s.of(numbers)) {
			return &jsCase{
				Pool: "POOLname1", Username: username, Password: password, A: a.Text(16), B: new(big.Int).SetBytes(server).Text(16), Salt: hex.EncodeToString(salt),
				verifier: verifier, secret: secret, public: server,
			}
		}
		// Another salt, secret or both; the password stays.
		switch {
		case s.name[0] == 'A':
			a = new(big.Int).SetBytes(draw(32))
			public.Exp(big.NewInt(2), a, srptest.Prime)
		case s.name[0] == 's':
			salt = draw(16)
			verifier = srp.Verifier("POOLname1", username, password, salt)
			v.SetBytes(verifier)
		}
	}
}
