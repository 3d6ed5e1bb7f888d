package conformance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// signInBySRP signs a user in by proving the password.
func (f *fixture) signInBySRP(t *testing.T, name, password string) (*types.AuthenticationResultType, error) {
	t.Helper()
	_, group, _ := strings.Cut(f.pool, "_")
	p := newProver(group, "", password)
	s, err := f.enterBy(t, types.AuthFlowTypeUserSrpAuth, map[string]string{"USERNAME": name, "SRP_A": p.public().Text(16)})
	if err != nil {
		return nil, err
	}
	p.name = wantStage(t, s, nil, types.ChallengeNameTypePasswordVerifier).parameters["USER_ID_FOR_SRP"]
	if s, err = f.answerTo(t, s, nil, p.proof(t, s.parameters), map[string]string{"USERNAME": p.name}); err != nil {
		return nil, err
	}
	return s.tokens, nil
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
