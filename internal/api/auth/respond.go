package auth

import (
	"context"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
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
	o, err := a.respond(ctx, request(p, c, guard.VisitOf(ctx, c, in.UserContextData), in.ChallengeResponses, in.ClientMetadata), string(*in.ChallengeName), in.Session, in.ChallengeResponses)
	if err != nil {
		return nil, err
	}
	shown := challenge(o)
	return &wire.RespondToAuthChallengeResponse{
		AuthenticationResult: result(o), ChallengeName: shown.name, Session: shown.session, ChallengeParameters: shown.parameters,
	}, nil
}

// AdminRespondToAuthChallenge is RespondToAuthChallenge for a signed caller.
func (a *API) AdminRespondToAuthChallenge(ctx context.Context, in *wire.AdminRespondToAuthChallengeRequest) (*wire.AdminRespondToAuthChallengeResponse, error) {
	p, c, err := a.clientOf(ctx, *in.UserPoolId, *in.ClientId)
	if err != nil {
		return nil, err
	}
	o, err := a.respond(ctx, request(p, c, guard.VisitOfAdmin(in.ContextData), in.ChallengeResponses, in.ClientMetadata), string(*in.ChallengeName), in.Session, in.ChallengeResponses)
	if err != nil {
		return nil, err
	}
	shown := challenge(o)
	return &wire.AdminRespondToAuthChallengeResponse{
		AuthenticationResult: result(o), ChallengeName: shown.name, Session: shown.session, ChallengeParameters: shown.parameters,
	}, nil
}

func (a *API) respond(ctx context.Context, r signin.Request, name string, session *string, responses map[string]string) (*signin.Outcome, error) {
	ctx = directory.Evenly(ctx, r.Client)
	needed, ok := signin.Needs(name)
	if !ok {
		return nil, fault.InvalidParameterf("The challenge %s cannot be answered.", name)
	}
	if err := need(responses, needed...); err != nil {
		return nil, err
	}
	if err := a.Directory.VerifySecretHash(r.Client, optional(responses, "SECRET_HASH"), responses["USERNAME"]); err != nil {
		return nil, err
	}
	return a.SignIn.Respond(ctx, r, name, session, responses)
}
