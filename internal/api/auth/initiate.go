package auth

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/wire"
)

// InitiateAuth begins a sign-in, or refreshes one, for a client that calls
// unsigned.
func (a *API) InitiateAuth(ctx context.Context, in *wire.InitiateAuthRequest) (*wire.InitiateAuthResponse, error) {
	p, c, err := a.Directory.Client(ctx, pool.ClientID(*in.ClientId))
	if err != nil {
		return nil, err
	}
	if flow := *in.AuthFlow; flow == "ADMIN_NO_SRP_AUTH" || flow == "ADMIN_USER_PASSWORD_AUTH" {
		return nil, fault.InvalidParameter(wrongMethod)
	}
	o, err := a.initiate(ctx, p, c, string(*in.AuthFlow), in.AuthParameters, in.ClientMetadata)
	if err != nil {
		return nil, err
	}
	name, session, parameters := challenge(o)
	return &wire.InitiateAuthResponse{AuthenticationResult: result(o), ChallengeName: name, Session: session, ChallengeParameters: parameters}, nil
}

// AdminInitiateAuth is InitiateAuth for a signed caller, who names the pool.
func (a *API) AdminInitiateAuth(ctx context.Context, in *wire.AdminInitiateAuthRequest) (*wire.AdminInitiateAuthResponse, error) {
	p, c, err := a.clientOf(ctx, *in.UserPoolId, *in.ClientId)
	if err != nil {
		return nil, err
	}
	if *in.AuthFlow == "USER_PASSWORD_AUTH" {
		return nil, fault.InvalidParameter(wrongMethod)
	}
	o, err := a.initiate(ctx, p, c, string(*in.AuthFlow), in.AuthParameters, in.ClientMetadata)
	if err != nil {
		return nil, err
	}
	name, session, parameters := challenge(o)
	return &wire.AdminInitiateAuthResponse{AuthenticationResult: result(o), ChallengeName: name, Session: session, ChallengeParameters: parameters}, nil
}

// wrongMethod is the answer to a flow of the other kind of caller.
const wrongMethod = "Initiate Auth method not supported"

func (a *API) clientOf(ctx context.Context, poolID, clientID string) (*pool.Pool, *pool.Client, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(poolID))
	if err != nil {
		return nil, nil, err
	}
	c, err := a.Directory.ClientOf(ctx, p.ID, pool.ClientID(clientID))
	return p, c, err
}

// flowNames maps the flows of requests to those that a client allows: some
// have an older name.
var flowNames = map[string]string{
	"ADMIN_NO_SRP_AUTH": pool.FlowAdminPassword,
	"REFRESH_TOKEN":     pool.FlowRefresh,
}

// notEnabled words the refusal of a flow that the client does not allow; the
// service words it differently for each.
func notEnabled(flow string) error {
	switch flow {
	case pool.FlowUserPassword:
		return fault.InvalidParameter("USER_PASSWORD_AUTH flow not enabled for this client")
	case pool.FlowAdminPassword:
		return fault.InvalidParameter("Auth flow not enabled for this client")
	}
	return fault.InvalidParameter(flow + " is not enabled for the client.")
}

// initiate runs one flow. The checks are: the flow, the parameters, the secret
// hash, and then the user.
func (a *API) initiate(ctx context.Context, p *pool.Pool, c *pool.Client, flow string, parameters, metadata map[string]string) (*signin.Outcome, error) {
	if current, ok := flowNames[flow]; ok {
		flow = current
	}
	if !c.AllowsFlow(flow) {
		return nil, notEnabled(flow)
	}
	switch flow {
	case pool.FlowRefresh:
		if err := need(parameters, "REFRESH_TOKEN"); err != nil {
			return nil, err
		}
		return a.SignIn.Refresh(ctx, p, c, parameters["REFRESH_TOKEN"], optional(parameters, "SECRET_HASH"))
	case pool.FlowUserPassword, pool.FlowAdminPassword:
		if err := need(parameters, "USERNAME", "PASSWORD"); err != nil {
			return nil, err
		}
		username := parameters["USERNAME"]
		if err := a.Directory.VerifySecretHash(c, optional(parameters, "SECRET_HASH"), username); err != nil {
			return nil, err
		}
		return a.SignIn.Password(ctx, p, c, username, parameters["PASSWORD"], metadata)
	case pool.FlowUserSRP:
		if err := need(parameters, "USERNAME", "SRP_A"); err != nil {
			return nil, err
		}
		username := parameters["USERNAME"]
		if err := a.Directory.VerifySecretHash(c, optional(parameters, "SECRET_HASH"), username); err != nil {
			return nil, err
		}
		return a.SignIn.BeginSRP(ctx, p, c, username, parameters["SRP_A"], metadata)
	}
	return nil, pool.RefuseFlow(flow)
}

// need refuses a request that lacks a parameter.
func need(parameters map[string]string, names ...string) error {
	for _, name := range names {
		if parameters[name] == "" {
			return fault.InvalidParameter("Missing required parameter " + name)
		}
	}
	return nil
}

func optional(parameters map[string]string, name string) *string {
	value, ok := parameters[name]
	if !ok {
		return nil
	}
	return &value
}
