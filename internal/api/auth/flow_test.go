package auth_test

import (
	"testing"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// A confidential client proves itself at every step, before anything is said of
// the user or the password is judged.
func TestSecretHashComesFirst(t *testing.T) {
	w := newWorld(t)
	const (
		missing  = "NotAuthorizedException: Client confidential is configured with secret but SECRET_HASH was not received"
		bad      = "NotAuthorizedException: Unable to verify secret hash for client confidential"
		unwanted = "NotAuthorizedException: Client client1 is not configured for secret but secret was received"
	)
	good := secretHash(secret, "ann", confidential)
	for name, tc := range map[string]struct {
		client pool.ClientID
		hash   []string
		want   string
	}{
		"none":                  {confidential, nil, missing},
		"empty":                 {confidential, []string{"SECRET_HASH", ""}, bad},
		"of another user":       {confidential, []string{"SECRET_HASH", secretHash(secret, "eve", confidential)}, bad},
		"of another client":     {confidential, []string{"SECRET_HASH", secretHash(secret, "ann", "client1")}, bad},
		"of another secret":     {confidential, []string{"SECRET_HASH", secretHash(secret+"x", "ann", confidential)}, bad},
		"with blanks":           {confidential, []string{"SECRET_HASH", good + " "}, bad},
		"of a public client":    {"client1", []string{"SECRET_HASH", good}, unwanted},
		"refresh without":       {confidential, nil, missing},
		"refresh with the name": {confidential, []string{"SECRET_HASH", secretHash(secret, "Ann", confidential)}, bad},
	} {
		t.Run(name, func(t *testing.T) {
			flow, pairs := pool.FlowUserPassword, []string{"USERNAME", "ann", "PASSWORD", password}
			if len(name) > 7 && name[:7] == "refresh" {
				flow, pairs = pool.FlowRefresh, []string{"REFRESH_TOKEN", *w.tokens(t, confidential).RefreshToken}
			}
			var got string
			cost := w.Cost(func() { _, got = w.initiate(t, tc.client, flow, append(pairs, tc.hash...)...) })
			wantAnswer(t, got, tc.want)
			if cost.Exponentiations != 0 {
				t.Error("the password was judged")
			}
		})
	}
}

// No challenge is answered without its session, and one that a client makes up is none.
func TestChallengeNeedsItsSession(t *testing.T) {
	w := newWorld(t)
	tom := w.AddUser("tom", password, func(u *user.User) { u.Status = user.ForceChangePassword })
	before := w.User(tom)
	respond := func(name string, session *string) string {
		_, err := w.ops.RespondToAuthChallenge(t.Context(), &wire.RespondToAuthChallengeRequest{
			ClientId: wire.Ptr(string(apitest.ClientID)), ChallengeName: wire.Ptr(wire.ChallengeNameType(name)), Session: session,
			ChallengeResponses: map[string]string{
				"USERNAME": "tom", "NEW_PASSWORD": "N3w-Passw0rd!", "SMS_MFA_CODE": "123456", "EMAIL_OTP_CODE": "12345678", "SMS_OTP_CODE": "12345678",
				"SOFTWARE_TOKEN_MFA_CODE": "123456", "ANSWER": "PASSWORD", "DEVICE_KEY": "eu-test-1_0", "SRP_A": "2", "CREDENTIAL": "{}", "PASSWORD": password,
				"PASSWORD_CLAIM_SECRET_BLOCK": "AAAA", "PASSWORD_CLAIM_SIGNATURE": "AAAA", "TIMESTAMP": "now",
			},
		})
		return answer(err)
	}
	forged := wire.Ptr("AYABeKq0Zm9yZ2VkLWJ5LW5vYm9keQ")
	for _, name := range []string{
		"NEW_PASSWORD_REQUIRED", "SMS_MFA", "SOFTWARE_TOKEN_MFA", "CUSTOM_CHALLENGE", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER", "EMAIL_OTP", "SMS_OTP",
		"WEB_AUTHN", "PASSWORD", "PASSWORD_SRP", "SELECT_CHALLENGE", "SELECT_MFA_TYPE", "MFA_SETUP",
	} {
		wantAnswer(t, respond(name, nil), "InvalidParameterException: Missing required parameter Session")
		wantAnswer(t, respond(name, forged), "NotAuthorizedException: Invalid session for the user.")
	}
	wantAnswer(t, respond("ADMIN_NO_SRP_AUTH", forged), "InvalidParameterException: The challenge ADMIN_NO_SRP_AUTH cannot be answered.")
	wantSame(t, "the user", before, w.User(tom))
}

// What a pool asks for and is not built refuses the sign-in, with the right password
// too, and so does a function that cannot be called: nothing is weakened in silence.
func TestUnbuiltSettingsRefuseTheSignIn(t *testing.T) {
	const arn = "arn:aws:lambda:eu-test-1:123456789012:function:f"
	for name, change := range map[string]func(*pool.Settings){
		"PreTokenGeneration":  func(s *pool.Settings) { s.Triggers.PreTokenGeneration = arn },
		"PreTokenGeneration2": func(s *pool.Settings) { s.Triggers.PreTokenGenerationSet = &pool.VersionedHook{ARN: arn} },
		"no second factor":    func(s *pool.Settings) { s.MFA = pool.MFAOn },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			change(&w.Pool.Settings)
			w.Update(w.Pool)
			out, got := w.initiate(t, "client1", pool.FlowUserPassword, "USERNAME", "ann", "PASSWORD", password)
			if out != nil || got == "" || got == internal {
				t.Errorf("answered %q, %+v", got, out)
			}
		})
	}
}
