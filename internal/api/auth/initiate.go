package auth

import (
	"cmp"
	"context"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
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
	o, err := a.initiate(ctx, request(p, c, guard.VisitOf(ctx, c, in.UserContextData), in.AuthParameters, in.ClientMetadata), string(*in.AuthFlow), in.Session, in.AuthParameters)
	if err != nil {
		return nil, err
	}
	shown := challenge(o)
	return &wire.InitiateAuthResponse{
		AuthenticationResult: result(o), ChallengeName: shown.name, Session: shown.session, ChallengeParameters: shown.parameters, AvailableChallenges: shown.available,
	}, nil
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
	o, err := a.initiate(ctx, request(p, c, guard.VisitOfAdmin(in.ContextData), in.AuthParameters, in.ClientMetadata), string(*in.AuthFlow), in.Session, in.AuthParameters)
	if err != nil {
		return nil, err
	}
	shown := challenge(o)
	return &wire.AdminInitiateAuthResponse{
		AuthenticationResult: result(o), ChallengeName: shown.name, Session: shown.session, ChallengeParameters: shown.parameters, AvailableChallenges: shown.available,
	}, nil
}

// choiceTier is not the service's own text, which is unknown.
const choiceTier = "USER_AUTH is not available for the LITE pricing tier configured."

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

// request is a step as signin takes it; parameters are those of a flow or the
// responses to a challenge.
func request(p *pool.Pool, c *pool.Client, visit guard.Visit, parameters, metadata map[string]string) signin.Request {
	return signin.Request{Pool: p, Client: c, Metadata: metadata, DeviceKey: parameters["DEVICE_KEY"], Visit: visit}
}

// flowNeeds are the parameters without which no flow begins.
var flowNeeds = map[string][]string{
	pool.FlowRefresh:       {"REFRESH_TOKEN"},
	pool.FlowUserPassword:  {"USERNAME", "PASSWORD"},
	pool.FlowAdminPassword: {"USERNAME", "PASSWORD"},
	pool.FlowUserSRP:       {"USERNAME", "SRP_A"},
	pool.FlowCustom:        {"USERNAME"},
	pool.FlowUserAuth:      {"USERNAME"},
}

// initiate runs one flow. The checks are: the flow, the parameters, the secret
// hash, and then the user.
func (a *API) initiate(ctx context.Context, r signin.Request, flow string, session *string, parameters map[string]string) (*signin.Outcome, error) {
	ctx = directory.Evenly(ctx, r.Client)
	if current, ok := flowNames[flow]; ok {
		flow = current
	}
	if !r.Client.AllowsFlow(flow) {
		return nil, notEnabled(flow)
	}
	if flow == pool.FlowUserAuth && r.Pool.Settings.Tier == pool.TierLite { // it was moved there with this client
		return nil, fault.FeatureUnavailableInTier(choiceTier)
	}
	if err := need(parameters, flowNeeds[flow]...); err != nil {
		return nil, err
	}
	username, hash := parameters["USERNAME"], optional(parameters, "SECRET_HASH")
	if flow == pool.FlowRefresh {
		return a.SignIn.Refresh(ctx, r, parameters["REFRESH_TOKEN"], hash)
	}
	if err := a.Directory.VerifySecretHash(r.Client, hash, username); err != nil {
		return nil, err
	}
	switch flow {
	case pool.FlowUserSRP:
		return a.SignIn.BeginSRP(ctx, r, username, parameters["SRP_A"])
	case pool.FlowCustom:
		r.Visit.Custom = true
		return a.beginCustom(ctx, r, username, parameters)
	case pool.FlowUserAuth:
		choice := signin.Choice{Name: parameters["PREFERRED_CHALLENGE"], Password: parameters["PASSWORD"], PublicValue: parameters["SRP_A"]}
		if session != nil {
			return a.SignIn.AfterConfirmation(ctx, r, *session, username, choice)
		}
		return a.SignIn.BeginChoice(ctx, r, username, choice)
	}
	return a.SignIn.Password(ctx, r, username, parameters["PASSWORD"])
}

// beginCustom begins a custom sign-in, by the proof of the password where that is
// asked for. Clients name that by CHALLENGE_NAME, the service's model by ChallengeName.
func (a *API) beginCustom(ctx context.Context, r signin.Request, username string, parameters map[string]string) (*signin.Outcome, error) {
	switch name := cmp.Or(parameters["CHALLENGE_NAME"], parameters["ChallengeName"]); name {
	case "":
		return a.SignIn.BeginCustom(ctx, r, username, "")
	case "SRP_A":
		if err := need(parameters, "SRP_A"); err != nil {
			return nil, err
		}
		return a.SignIn.BeginCustom(ctx, r, username, parameters["SRP_A"])
	default:
		return nil, fault.InvalidParameterf("CHALLENGE_NAME %s cannot begin a custom sign-in; SRP_A can.", name)
	}
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
