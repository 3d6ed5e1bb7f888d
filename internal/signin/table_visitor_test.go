package signin_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/api/auth"
	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/srp/srptest"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// visitor is one sign-in of the table of settings.
type visitor struct {
	changed
	t    *testing.T
	w    *apitest.World
	name string
	user tableUser
}

// visiting is where every sign-in of the table comes from.
func visiting(ctx context.Context) context.Context {
	return caller.With(ctx, caller.Caller{SourceIP: "192.0.2.7", UserAgent: "Firefox"})
}

// cell makes the sign-in and says where it leads.
func (v *visitor) cell(change func(*changed), wanted map[string]string) string {
	v.t.Helper()
	v.reset()
	u := v.addUser()
	parameters := map[string]string{"USERNAME": v.name}
	if v.flow == pool.FlowRefresh {
		parameters = map[string]string{"REFRESH_TOKEN": v.signedIn(u)}
	}
	change(&v.changed)
	v.w.Update(v.w.Pool, v.w.Client)
	v.apply(u)
	h := &handshake{w: v.w, secret: big.NewInt(1357911)}
	for name, value := range wanted {
		switch name {
		case "PASSWORD":
			value = v.password()
		case "SRP_A":
			value = srptest.Client{A: h.secret}.Public().Text(16)
		}
		parameters[name] = value
	}
	if v.device != nil {
		parameters["DEVICE_KEY"] = deviceKey
	}
	sent := len(v.w.Messages.To("a@example.com"))
	o, err := v.initiate(parameters)
	switch {
	case err != nil || o.Challenge == nil:
	case o.Challenge.Name == signin.PasswordVerifier:
		h.Parameters = o.Challenge.Parameters
		var session *string
		if o.Challenge.Session != "" {
			session = &o.Challenge.Session
		}
		o, err = v.w.SignIn.Respond(visiting(v.t.Context()), v.request(), signin.PasswordVerifier, session, h.answers(v.t, v.password()))
	case o.Challenge.Name == signin.EmailOTP && len(v.w.Messages.To("a@example.com")) == sent:
		return o.Challenge.Name // pretended
	}
	return strings.Join((&follower{t: v.t, w: v.w, name: v.name, request: v.request}).follow(cell(o, err), o), " → ")
}

func (v *visitor) password() string {
	if v.user.password != "" {
		return v.user.password
	}
	return right
}

// reset brings the pool and its client back to what the first row has.
func (v *visitor) reset() {
	w := v.w
	w.Pool.Settings = pool.DefaultSettings()
	s := &w.Pool.Settings
	s.MFA = pool.MFAOptional
	offer(s, true, true, true)
	s.FirstFactors = []string{user.FirstPassword, user.FirstEmail, user.FirstSMS}
	s.Triggers.DefineAuthChallenge, s.Triggers.CreateAuthChallenge, s.Triggers.VerifyAuthChallenge = tableARN, tableARN, tableARN
	w.Client.Settings = apitest.NewClient(apitest.ClientID).Settings
	w.Client.Settings.HideUsers = ""
	w.Client.Settings.AuthFlows = nil
	for _, flow := range []string{pool.FlowUserPassword, pool.FlowUserSRP, pool.FlowUserAuth, pool.FlowCustom, pool.FlowRefresh} {
		w.Client.Settings.AuthFlows = append(w.Client.Settings.AuthFlows, "ALLOW_"+flow)
	}
	v.pool, v.client = s, &w.Client.Settings
	w.SignIn.Guard, w.SignIn.Triggers = v.guard(), trigger.New(trigger.Config{Function: v, Logger: slog.New(slog.DiscardHandler)})
	w.Update(w.Pool, w.Client)
	if risk := apitest.Read(w, &pool.RiskConfiguration{PoolID: w.Pool.ID}); risk.Stored() {
		w.Remove(risk)
	}
}

func (v *visitor) guard() *guard.Guard {
	return guard.New(guard.Deps{
		Store: v.w.Store, Vault: v.w.Vault, Outbox: v.w.Outbox, Logger: slog.New(slog.DiscardHandler), Now: v.w.Now,
		Known: func(string) bool { return v.known },
	})
}

// addUser makes the user of the column; nil for nobody.
func (v *visitor) addUser() *user.User {
	if v.user.unknown {
		return nil
	}
	return v.w.AddUser(v.name, right, v.user.change)
}

// signedIn returns the refresh token of a sign-in of u while nothing is in the way.
func (v *visitor) signedIn(u *user.User) string {
	if u == nil {
		return "nobody's"
	}
	status, disabled, factors := u.Status, u.Disabled, u.Factors
	u.Status, u.Disabled, u.Factors = user.Confirmed, false, user.Factors{}
	v.w.Update(u)
	o, err := v.w.SignIn.Password(visiting(v.t.Context()), v.w.Request(), v.name, right)
	if err != nil {
		v.t.Fatal(err)
	}
	u = v.w.User(u)
	u.Status, u.Disabled, u.Factors = status, disabled, factors
	v.w.Update(u)
	return o.Tokens.Refresh
}

// apply stores what belongs to the setting beside the pool and the client.
func (v *visitor) apply(u *user.User) {
	if v.risk != nil {
		v.w.Insert(&pool.RiskConfiguration{PoolID: v.w.Pool.ID, Settings: *v.risk})
	}
	if u == nil {
		return
	}
	if v.strange {
		v.w.Insert(&user.AuthEvent{
			PoolID: u.PoolID, Sub: u.Sub, ID: "before", Type: user.EventSignIn, Response: user.EventPass, CreatedAt: v.w.Now().Add(-48 * time.Hour),
			ExpiresAt: v.w.Now().Add(time.Hour), Context: user.AuthContext{IP: "192.0.2.9", Device: "another"},
		})
	}
	if v.device != nil {
		keepDevice(v.t, v.w, u, v.device.Remembered)
	}
}

// request is a later step of the sign-in.
func (v *visitor) request() signin.Request {
	r := v.w.Request()
	r.Visit = guard.VisitOf(visiting(v.t.Context()), r.Client, nil)
	if v.device != nil {
		r.DeviceKey = deviceKey
	}
	return r
}

// initiate begins the sign-in by the operation.
func (v *visitor) initiate(parameters map[string]string) (*signin.Outcome, error) {
	w := v.w
	ops := auth.New(auth.Deps{Store: w.Store, Directory: w.Directory, SignIn: w.SignIn, Issuer: w.Issuer, Lanes: w.Lanes, Now: w.Now})
	out, err := ops.InitiateAuth(visiting(v.t.Context()), &wire.InitiateAuthRequest{
		ClientId: wire.Ptr(string(apitest.ClientID)), AuthFlow: wire.Ptr(wire.AuthFlowType(v.flow)), AuthParameters: parameters,
	})
	if err != nil {
		return nil, err
	}
	if r := out.AuthenticationResult; r != nil {
		o := &signin.Outcome{Tokens: &token.Tokens{}}
		if r.NewDeviceMetadata != nil {
			o.NewDevice = &signin.NewDevice{Key: *r.NewDeviceMetadata.DeviceKey}
		}
		return o, nil
	}
	c := &signin.Challenge{Name: string(*out.ChallengeName), Parameters: out.ChallengeParameters, Session: wire.Deref(out.Session)}
	for _, name := range out.AvailableChallenges {
		c.Available = append(c.Available, string(name))
	}
	return &signin.Outcome{Challenge: c}, nil
}

// Invoke implements trigger.Function: it refuses what the setting wants refused, knows
// whom it wants known, and else is content.
func (v *visitor) Invoke(_ context.Context, _ string, sent []byte) (trigger.Result, error) {
	var event map[string]any
	if err := json.Unmarshal(sent, &event); err != nil {
		return trigger.Result{}, err
	}
	source, _ := event["triggerSource"].(string)
	switch {
	case v.refuses != "" && strings.HasPrefix(source, v.refuses):
		return trigger.Result{Failed: true, Payload: []byte(`{"errorMessage":"no"}`)}, nil
	case strings.HasPrefix(source, "UserMigration"):
		event["response"] = map[string]any{}
		if v.migrates != nil {
			event["response"] = v.migrates
		}
		payload, err := json.Marshal(event)
		return trigger.Result{Payload: payload}, err
	}
	payload, err := content(sent)
	return trigger.Result{Payload: payload}, err
}
