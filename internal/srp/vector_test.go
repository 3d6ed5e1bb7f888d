package srp_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"poolhouse.dev/internal/srp"
	"poolhouse.dev/internal/srp/srptest"
)

// The vector's inputs. Its A, x, v, k and K agree with what
// amazon-cognito-identity-js computes.
var (
	vectorSalt = unhex("f162157c2d2a9ba11d12e14f4db5c46f")
	vectorA    = ephemeral("poolhouse-a")
	vectorB    = ephemeral("poolhouse-b")
)

const (
	vectorBlock = "poolhouse-secret-block"
	vectorTime  = "Tue Jan 2 03:04:05 UTC 2024"
)

func ephemeral(seed string) []byte {
	h := sha256.Sum256([]byte(seed))
	return bytes.Repeat(h[:], 4)
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// wantEnds checks a number whose published form gives both ends only.
func wantEnds(t *testing.T, name string, got []byte, begin, end string) {
	t.Helper()
	text := hex.EncodeToString(got)
	if len(got) != srp.Size || !strings.HasPrefix(text, begin) || !strings.HasSuffix(text, end) {
		t.Errorf("%s is %s (%d bytes), want %s...%s", name, text, len(got), begin, end)
	}
}

func TestVectorOfAUser(t *testing.T) {
	alice := srptest.Client{PoolName: "EXAMPLEpool", Username: "alice", Password: "Pass@word1", A: new(big.Int).SetBytes(vectorA)}
	if got, want := alice.X(vectorSalt).Text(16), "b0a1ba1a4b7200c212c9d33946c001b2d165a1460504f0f6ed2fd61c4443ae99"; got != want {
		t.Fatalf("the test's own client computes x = %s, want %s", got, want)
	}

	a, err := srp.ParsePublic(alice.Public().Text(16))
	if err != nil {
		t.Fatal(err)
	}
	wantEnds(t, "A", a, "27b351046b72d9c8764e058b39dd7309", "e862b87b7cd0c7e9656be6126a9142b7")

	v := srp.Verifier("EXAMPLEpool", "alice", "Pass@word1", vectorSalt)
	wantEnds(t, "v", v, "5e93e848aa8d50c633345e1eba29bf4b", "5f62aebdbd2b315c5c283cbf0f77e26d")

	public, err := srp.Public(v, vectorB)
	if err != nil {
		t.Fatal(err)
	}
	wantEnds(t, "B", public, "4bcd485588d2d51061e8ea4aff4c3579", "037551a9501d83f00ea1ad5273ce2ffb")

	u := srptest.Sum(srptest.Pad(new(big.Int).SetBytes(a)), srptest.Pad(new(big.Int).SetBytes(public)))
	if got, want := u.Text(16), "2f525c5c80a5ce895a5aa214472ee6a0a0a5065225627dd87979a3c10ebbaa05"; got != want {
		t.Errorf("u from the package's A and B is %s, want %s", got, want)
	}
	s := new(big.Int).Exp(new(big.Int).SetBytes(v), u, srptest.Prime)
	s.Mul(s, alice.Public()).Exp(s, new(big.Int).SetBytes(vectorB), srptest.Prime)
	wantEnds(t, "S", s.FillBytes(make([]byte, srp.Size)), "04b248e3dedada5a79ac641cf4102857", "edfb427c98635aef05010bbeb102c9fb")

	key, err := srp.SessionKey(a, public, v, vectorB)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hex.EncodeToString(key), "743ff5d138867db14b6bd9245e87e1d0"; got != want {
		t.Errorf("K is %s, want %s", got, want)
	}
	signature := srp.ClaimSignature(key, "EXAMPLEpool", "alice", []byte(vectorBlock), vectorTime)
	if got, want := base64.StdEncoding.EncodeToString(signature), "x0e3lZMf1QF5ulZ/NGJ6qkmIELCDl385NxR+XDwe4AY="; got != want {
		t.Errorf("signature is %s, want %s", got, want)
	}
}

func TestVectorOfADevice(t *testing.T) {
	const (
		group  = "us-east-1_grp"
		device = "us-east-1_11111111-2222-3333-4444-555555555555"
		secret = "ZGV2aWNlLXNlY3JldA=="
	)
	phone := srptest.Client{PoolName: group, Username: device, Password: secret, A: new(big.Int).SetBytes(vectorA)}
	v := srp.Verifier(group, device, secret, vectorSalt)
	public, err := srp.Public(v, vectorB)
	if err != nil {
		t.Fatal(err)
	}
	key, err := srp.SessionKey(phone.Public().Bytes(), public, v, vectorB)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hex.EncodeToString(key), "0951b77ea7cbfd1a3f8b74835bec8e8a"; got != want {
		t.Errorf("K is %s, want %s", got, want)
	}
	signature, err := base64.StdEncoding.DecodeString("77QDbUaYsZzom41XtGzqlmgSPVB6Dxna3NOSbB675+E=")
	if err != nil {
		t.Fatal(err)
	}
	if !srp.MatchClaim(key, group, device, []byte(vectorBlock), vectorTime, signature) {
		t.Error("the vector's signature does not match")
	}
}
