package conformance

import (
	"math/big"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// proofClient is the client's half of a proof of a password, before it knows whose.
type proofClient struct{ ephemeral *big.Int }

func newProofClient() proofClient { return proofClient{newProver("", "", "").ephemeral} }

func (c proofClient) publicValue() string { return (&prover{ephemeral: c.ephemeral}).public().Text(16) }

// answers makes the responses to PASSWORD_VERIFIER.
func (c proofClient) answers(t *testing.T, pool string, parameters map[string]string, password string) (pairs []string) {
	t.Helper()
	_, group, _ := strings.Cut(pool, "_")
	p := &prover{group: group, name: parameters["USER_ID_FOR_SRP"], secret: password, ephemeral: c.ephemeral}
	for name, value := range p.proof(t, parameters) {
		pairs = append(pairs, name, value)
	}
	return pairs
}

// A password that is proved and not sent: preferred, selected, or answered with. What
// it leads to has a session, which has to come with the proof.
func TestChosenProofOfPassword(t *testing.T) {
	covers(t, "RespondToAuthChallenge", "NotAuthorizedException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newChooser(t, e, byCodes)
		f.user(t, "ann")
		for _, way := range []string{"preferred", "SELECT_CHALLENGE", "PASSWORD_SRP"} {
			ask := func(c proofClient) (map[string]string, *string) {
				t.Helper()
				if way == "preferred" {
					out := did(f.beginChoice(t, "ann", "PREFERRED_CHALLENGE", "PASSWORD_SRP", "SRP_A", c.publicValue()))(t)
					if out.ChallengeName != "PASSWORD_VERIFIER" || out.Session == nil {
						t.Fatalf("%s leads to %s", way, out.ChallengeName)
					}
					return out.ChallengeParameters, out.Session
				}
				session := did(f.beginChoice(t, "ann"))(t).Session
				out := did(f.respondTo(t, types.ChallengeNameType(way), session, "ann", "ANSWER", "PASSWORD_SRP", "SRP_A", c.publicValue()))(t)
				if out.ChallengeName != "PASSWORD_VERIFIER" || out.Session == nil {
					t.Fatalf("%s leads to %s", way, out.ChallengeName)
				}
				_, err := f.respondTo(t, "PASSWORD", session, "ann", "PASSWORD", password)
				wantFault(t, err, "NotAuthorizedException", usedSession)
				return out.ChallengeParameters, out.Session
			}
			c := newProofClient()
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
			_, other := ask(newProofClient())
			_, err = prove(other, "ann", good)
			wantFault(t, err, "NotAuthorizedException", badSession)
			f.wantTokens(t, way, did(prove(session, "ann", good))(t), nil)
			_, err = prove(session, "ann", good)
			wantFault(t, err, "NotAuthorizedException", wrongLogin)
		}
	})
}
