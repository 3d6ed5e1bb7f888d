package conformance

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// prime is the 3072-bit group of RFC 5054.
var prime, _ = new(big.Int).SetString(strings.Join(strings.Fields(`
FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B
302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6
49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D
670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718
3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7D
B3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C
BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF`), ""), 16)

// proofClient is the client's half of a proof of a password.
type proofClient struct{ secret, public *big.Int }

func newProofClient(t *testing.T) proofClient {
	t.Helper()
	a := did(rand.Int(rand.Reader, prime))(t)
	return proofClient{a, new(big.Int).Exp(big.NewInt(2), a, prime)}
}

func (c proofClient) publicValue() string { return c.public.Text(16) }

// signedBytes are those of a number as Java has them: never negative.
func signedBytes(n *big.Int) []byte {
	b := n.Bytes()
	if len(b) == 0 || b[0] >= 0x80 {
		b = append([]byte{0}, b...)
	}
	return b
}

func hashOf(parts ...[]byte) []byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func macOf(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// answers makes the responses to PASSWORD_VERIFIER.
func (c proofClient) answers(t *testing.T, pool string, parameters map[string]string, password string) []string {
	t.Helper()
	number := func(name string) *big.Int {
		n, ok := new(big.Int).SetString(parameters[name], 16)
		if !ok {
			t.Fatalf("%s is %q", name, parameters[name])
		}
		return n
	}
	_, poolName, _ := strings.Cut(pool, "_")
	who := poolName + parameters["USER_ID_FOR_SRP"]
	salt, server := number("SALT"), number("SRP_B")
	k := new(big.Int).SetBytes(hashOf(signedBytes(prime), []byte{2}))
	u := new(big.Int).SetBytes(hashOf(signedBytes(c.public), signedBytes(server)))
	x := new(big.Int).SetBytes(hashOf(signedBytes(salt), hashOf([]byte(who+":"+password))))
	base := new(big.Int).Exp(big.NewInt(2), x, prime)
	base.Mod(base.Sub(server, base.Mul(base, k)), prime)
	shared := base.Exp(base, new(big.Int).Add(c.secret, new(big.Int).Mul(u, x)), prime)
	key := macOf(macOf(signedBytes(u), signedBytes(shared)), []byte("Caldera Derived Key\x01"))[:16]
	block := did(base64.StdEncoding.DecodeString(parameters["SECRET_BLOCK"]))(t)
	stamp := time.Now().UTC().Format("Mon Jan 2 15:04:05 UTC 2006")
	return []string{
		"PASSWORD_CLAIM_SECRET_BLOCK", parameters["SECRET_BLOCK"], "TIMESTAMP", stamp,
		"PASSWORD_CLAIM_SIGNATURE", base64.StdEncoding.EncodeToString(macOf(key, []byte(who), block, []byte(stamp))),
	}
}

// A password that is proved and not sent: preferred, selected, or answered with. What
// it leads to has a session, which has to come with the proof.
func TestChosenProofOfPassword(t *testing.T) {
	covers(t, "RespondToAuthChallenge", "NotAuthorizedException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newChooser(t, e, byCodes)
		f.user(t, "ann")
		if n := hex.EncodeToString(prime.Bytes()); len(n) != 768 {
			t.Fatalf("a prime of %d digits", len(n))
		}
		for _, way := range []string{"preferred", "SELECT_CHALLENGE", "PASSWORD_SRP"} {
			ask := func(c proofClient) (map[string]string, *string) {
				t.Helper()
				if way == "preferred" {
					out := did(f.begin(t, "ann", "PREFERRED_CHALLENGE", "PASSWORD_SRP", "SRP_A", c.publicValue()))(t)
					if out.ChallengeName != "PASSWORD_VERIFIER" || out.Session == nil {
						t.Fatalf("%s leads to %s", way, out.ChallengeName)
					}
					return out.ChallengeParameters, out.Session
				}
				session := did(f.begin(t, "ann"))(t).Session
				out := did(f.respondTo(t, types.ChallengeNameType(way), session, "ann", "ANSWER", "PASSWORD_SRP", "SRP_A", c.publicValue()))(t)
				if out.ChallengeName != "PASSWORD_VERIFIER" || out.Session == nil {
					t.Fatalf("%s leads to %s", way, out.ChallengeName)
				}
				_, err := f.respondTo(t, "PASSWORD", session, "ann", "PASSWORD", password)
				wantFault(t, err, "NotAuthorizedException", usedSession)
				return out.ChallengeParameters, out.Session
			}
			c := newProofClient(t)
			parameters, session := ask(c)
			prove := func(session *string, name string, answers []string) (*types.AuthenticationResultType, error) {
				out, err := f.respondTo(t, "PASSWORD_VERIFIER", session, name, answers...)
				if err != nil {
					return nil, err
				}
				return out.AuthenticationResult, nil
			}
			_, err := prove(session, "ann", c.answers(t, f.pool, parameters, "Wrong-Passw0rd"))
			wantFault(t, err, "NotAuthorizedException", wrongLogin)
			good := c.answers(t, f.pool, parameters, password)
			_, err = prove(nil, "ann", good)
			wantFault(t, err, "InvalidParameterException", "Missing required parameter Session")
			_, other := ask(newProofClient(t))
			_, err = prove(other, "ann", good)
			wantFault(t, err, "NotAuthorizedException", badSession)
			f.wantTokens(t, way, did(prove(session, "ann", good))(t), nil)
			_, err = prove(session, "ann", good)
			wantFault(t, err, "NotAuthorizedException", wrongLogin)
		}
	})
}
