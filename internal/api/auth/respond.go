package auth

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/wire"
)

// RespondToAuthChallenge answers a challenge, for a client that calls unsigned.
func (a *API) RespondToAuthChallenge(ctx context.Context, in *wire.RespondToAuthChallengeRequest) (*wire.RespondToAuthChallengeResponse, error) {
	p, c, err := a.Directory.Client(ctx, pool.ClientID(*in.ClientId))
	if err != nil {
		return nil, err
	}
	o, err := a.respond(ctx, p, c, string(*in.ChallengeName), in.Session, in.ChallengeResponses, in.ClientMetadata)
	if err != nil {
		return nil, err
	}
	name, session, parameters := challenge(o)
	return &wire.RespondToAuthChallengeResponse{AuthenticationResult: result(o), ChallengeName: name, Session: session, ChallengeParameters: parameters}, nil
}

// AdminRespondToAuthChallenge is RespondToAuthChallenge for a signed caller.
func (a *API) AdminRespondToAuthChallenge(ctx context.Context, in *wire.AdminRespondToAuthChallengeRequest) (*wire.AdminRespondToAuthChallengeResponse, error) {
	p, c, err := a.clientOf(ctx, *in.UserPoolId, *in.ClientId)
	if err != nil {
		return nil, err
	}
	o, err := a.respond(ctx, p, c, string(*in.ChallengeName), in.Session, in.ChallengeResponses, in.ClientMetadata)
	if err != nil {
		return nil, err
	}
	name, session, parameters := challenge(o)
	return &wire.AdminRespondToAuthChallengeResponse{AuthenticationResult: result(o), ChallengeName: name, Session: session, ChallengeParameters: parameters}, nil
}

// answers are the challenges that are built, and the responses that each needs.
var answers = map[string][]string{
	signin.NewPasswordRequired: {"USERNAME"},
	signin.PasswordVerifier:    {"USERNAME", "PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"},
}

func (a *API) respond(ctx context.Context, p *pool.Pool, c *pool.Client, name string, session *string, responses, metadata map[string]string) (*signin.Outcome, error) {
	needed, built := answers[name]
	if !built {
		return nil, fault.InvalidParameterf("The challenge %s is not built in this version of poolhouse.", name)
	}
	if err := need(responses, needed...); err != nil {
		return nil, err
	}
	if err := a.Directory.VerifySecretHash(c, optional(responses, "SECRET_HASH"), responses["USERNAME"]); err != nil {
		return nil, err
	}
	if name == signin.PasswordVerifier {
		return a.SignIn.VerifyPassword(ctx, p, c, responses, metadata)
	}
	if session == nil {
		return nil, fault.InvalidParameter("Missing required parameter Session")
	}
	return a.SignIn.NewPassword(ctx, p, c, *session, responses, metadata)
}
