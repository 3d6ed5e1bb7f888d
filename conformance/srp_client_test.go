package conformance

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"math/big"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// groupPrime is N of the 3072-bit group of RFC 5054, whose generator is 2.
var groupPrime, _ = new(big.Int).SetString(""+
	"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"+
	"EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"+
	"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"+
	"83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"+
	"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"+
	"15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"+
	"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"+
	"BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF", 16)

// prover proves a secret without sending it: the password of a user, whose group is
// the second half of the pool's id, or the secret of a device.
type prover struct {
	group, name, secret string
	ephemeral           *big.Int
}

func newProver(group, name, secret string) *prover {
	return &prover{group, name, secret, new(big.Int).SetBytes(randomBytes(64))}
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// signedBytes are those of a number with a bit for the sign in front.
func signedBytes(n *big.Int) []byte { return n.FillBytes(make([]byte, n.BitLen()/8+1)) }

func hashed(parts ...[]byte) *big.Int {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
	}
	return new(big.Int).SetBytes(h.Sum(nil))
}

func authenticated(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

func powerOf(base, exponent *big.Int) *big.Int { return new(big.Int).Exp(base, exponent, groupPrime) }

var generator = big.NewInt(2)

// public is SRP_A.
func (p *prover) public() *big.Int { return powerOf(generator, p.ephemeral) }

// private is the exponent that the secret makes with a salt.
func (p *prover) private(salt *big.Int) *big.Int {
	identity := sha256.Sum256([]byte(p.group + p.name + ":" + p.secret))
	return hashed(signedBytes(salt), identity[:])
}

// verifier is what a server judges proofs by.
func (p *prover) verifier(salt *big.Int) *big.Int { return powerOf(generator, p.private(salt)) }

// proof returns the responses that prove the secret to a challenge.
func (p *prover) proof(t *testing.T, parameters map[string]string) map[string]string {
	t.Helper()
	block, err := base64.StdEncoding.DecodeString(parameters["SECRET_BLOCK"])
	salt, ok := new(big.Int).SetString(parameters["SALT"], 16)
	theirs, ok2 := new(big.Int).SetString(parameters["SRP_B"], 16)
	if err != nil || !ok || !ok2 {
		t.Fatalf("parameters %v", parameters)
	}
	x, u := p.private(salt), hashed(signedBytes(p.public()), signedBytes(theirs))
	shared := new(big.Int).Mul(hashed(signedBytes(groupPrime), signedBytes(generator)), powerOf(generator, x))
	shared = powerOf(shared.Sub(theirs, shared).Mod(shared, groupPrime), new(big.Int).Add(p.ephemeral, x.Mul(x, u)))
	key := authenticated(authenticated(signedBytes(u), signedBytes(shared)), []byte("Caldera Derived Key\x01"))[:16]
	const moment = "Tue May 5 07:08:09 UTC 2026"
	signature := authenticated(key, []byte(p.group+p.name), block, []byte(moment))
	return map[string]string{
		"PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"], "TIMESTAMP": moment,
		"PASSWORD_CLAIM_SIGNATURE": base64.StdEncoding.EncodeToString(signature),
	}
}

// The mathematics of the client above, by numbers that were computed elsewhere.
func TestProverOfTests(t *testing.T) {
	p := newProver("EXAMPLEpool", "alice", "Pass@word1")
	salt, _ := new(big.Int).SetString("f162157c2d2a9ba11d12e14f4db5c46f", 16)
	if got := hex.EncodeToString(p.private(salt).Bytes()); got != "b0a1ba1a4b7200c212c9d33946c001b2d165a1460504f0f6ed2fd61c4443ae99" {
		t.Errorf("x is %s", got)
	}
	if got := hex.EncodeToString(p.verifier(salt).Bytes()[:16]); got != "5e93e848aa8d50c633345e1eba29bf4b" {
		t.Errorf("v begins %s", got)
	}
}

// stage is where a call of a sign-in ended: at a challenge, or with tokens.
type stage struct {
	challenge  types.ChallengeNameType
	session    *string
	parameters map[string]string
	tokens     *types.AuthenticationResultType
}

// enterBy begins a sign-in.
func (f *fixture) enterBy(t *testing.T, flow types.AuthFlowType, parameters map[string]string) (*stage, error) {
	t.Helper()
	out, err := f.InitiateAuth(t.Context(), &cip.InitiateAuthInput{ClientId: &f.client, AuthFlow: flow, AuthParameters: parameters})
	if err != nil {
		return nil, err
	}
	return &stage{out.ChallengeName, out.Session, out.ChallengeParameters, out.AuthenticationResult}, nil
}

// adminEntersBy begins a sign-in as an administrator.
func (f *fixture) adminEntersBy(t *testing.T, flow types.AuthFlowType, parameters map[string]string) (*stage, error) {
	t.Helper()
	out, err := f.AdminInitiateAuth(t.Context(), &cip.AdminInitiateAuthInput{UserPoolId: &f.pool, ClientId: &f.client, AuthFlow: flow, AuthParameters: parameters})
	if err != nil {
		return nil, err
	}
	return &stage{out.ChallengeName, out.Session, out.ChallengeParameters, out.AuthenticationResult}, nil
}

// answerTo answers the challenge of a stage, whose wishes for functions may be nil.
func (f *fixture) answerTo(t *testing.T, s *stage, wishes map[string]string, responses ...map[string]string) (*stage, error) {
	t.Helper()
	out, err := f.RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
		ClientId: &f.client, ChallengeName: s.challenge, Session: s.session, ChallengeResponses: joined(responses...), ClientMetadata: wishes,
	})
	if err != nil {
		return nil, err
	}
	return &stage{out.ChallengeName, out.Session, out.ChallengeParameters, out.AuthenticationResult}, nil
}

// adminAnswersTo is answerTo as an administrator.
func (f *fixture) adminAnswersTo(t *testing.T, s *stage, responses ...map[string]string) (*stage, error) {
	t.Helper()
	out, err := f.AdminRespondToAuthChallenge(t.Context(), &cip.AdminRespondToAuthChallengeInput{
		UserPoolId: aws.String(f.pool), ClientId: &f.client, ChallengeName: s.challenge, Session: s.session, ChallengeResponses: joined(responses...),
	})
	if err != nil {
		return nil, err
	}
	return &stage{out.ChallengeName, out.Session, out.ChallengeParameters, out.AuthenticationResult}, nil
}

func joined(parts ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// wantStage fails the test unless a call ended at a challenge; "" is tokens.
func wantStage(t *testing.T, s *stage, err error, challenge types.ChallengeNameType) *stage {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if s.challenge != challenge || (s.tokens != nil) != (challenge == "") {
		t.Fatalf("the call ended at %q with tokens %v, want %q", s.challenge, s.tokens != nil, challenge)
	}
	return s
}
