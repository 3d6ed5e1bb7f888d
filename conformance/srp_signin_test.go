package conformance

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/internal/srp/srptest"
)

// signInBySRP signs a user in by proving the password.
func (f *fixture) signInBySRP(t *testing.T, name, password string) (*types.AuthenticationResultType, error) {
	t.Helper()
	random := make([]byte, 32)
	_, _ = rand.Read(random)
	secret := new(big.Int).SetBytes(random)
	out, err := f.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		ClientId: &f.client, AuthFlow: types.AuthFlowTypeUserSrpAuth,
		AuthParameters: map[string]string{"USERNAME": name, "SRP_A": srptest.Client{A: secret}.Public().Text(16)},
	})
	if err != nil {
		return nil, err
	}
	p := out.ChallengeParameters
	salt, saltErr := hex.DecodeString(p["SALT"])
	block, blockErr := base64.StdEncoding.DecodeString(p["SECRET_BLOCK"])
	public, ok := new(big.Int).SetString(p["SRP_B"], 16)
	if saltErr != nil || blockErr != nil || !ok || out.ChallengeName != types.ChallengeNameTypePasswordVerifier {
		t.Fatalf("%s with parameters %v", out.ChallengeName, p)
	}
	_, poolName, _ := strings.Cut(f.pool, "_")
	c := srptest.Client{PoolName: poolName, Username: p["USER_ID_FOR_SRP"], Password: password, A: secret}
	const timestamp = "Tue May 5 07:08:09 UTC 2026"
	answer, err := f.RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
		ClientId: &f.client, ChallengeName: out.ChallengeName, Session: out.Session,
		ChallengeResponses: map[string]string{
			"USERNAME": c.Username, "TIMESTAMP": timestamp, "PASSWORD_CLAIM_SECRET_BLOCK": p["SECRET_BLOCK"],
			"PASSWORD_CLAIM_SIGNATURE": base64.StdEncoding.EncodeToString(c.Claim(salt, public, block, timestamp)),
		},
	})
	if err != nil {
		return nil, err
	}
	return answer.AuthenticationResult, nil
}

// bySRP makes a client that allows proofs of the password, too; with hides, one that
// hides who exists.
func (f *fixture) bySRP(t *testing.T, hides bool) string {
	t.Helper()
	return f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = append(in.ExplicitAuthFlows, types.ExplicitAuthFlowsTypeAllowUserSrpAuth)
		in.PreventUserExistenceErrors = types.PreventUserExistenceErrorTypesLegacy
		if hides {
			in.PreventUserExistenceErrors = types.PreventUserExistenceErrorTypesEnabled
		}
		in.ClientName = aws.String("srp")
	})
}
