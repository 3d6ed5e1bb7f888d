package storetest

import (
	"time"

	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/limit"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/user"
)

// at is a time with microseconds, as stores keep it.
var precedence int32 = 3

var at = time.Date(2026, 3, 4, 5, 6, 7, 891_011_000, time.UTC)

// newUser returns a user that is not stored.
func newUser(id pool.ID, sub string) *user.User {
	return &user.User{
		PoolID: id, Sub: user.Sub(sub), Username: "name of " + sub, Status: user.Confirmed,
		Attributes: user.Attributes{{Name: "email", Value: sub + "@example.com"}},
		Verifier:   []byte{0, 1, 2}, PasswordSetAt: at, CreatedAt: at, ModifiedAt: at,
	}
}

func newAlias(id pool.ID, key, sub string) *user.Alias {
	return &user.Alias{PoolID: id, Kind: user.AliasEmail, Key: key, Sub: user.Sub(sub), KeyVersion: user.AliasKeyVersion}
}

// sample is a noun with every field set, and the same row with only its key.
type sample struct{ full, bare row.Row }

// samples has one of every noun.
func samples(id pool.ID) []sample {
	yes, five := true, "5"
	sub := user.Sub("11111111-2222-3333-4444-555555555555")
	return []sample{
		{&pool.Pool{
			ID: id, Region: "test-1", Account: "123456789012", Name: "a pool", CreatedAt: at, ModifiedAt: at.Add(time.Second),
			Settings: pool.Settings{
				MFA: pool.MFAOff, Tier: pool.TierEssentials, CaseSensitive: &yes,
				Schema: pool.Schema{{Name: "custom:tier", Type: pool.TypeString, String: &pool.Limits{Max: &five}}},
				Tags:   map[string]string{"ключ": "значение"},
			},
		}, &pool.Pool{ID: id}},
		{&pool.Client{
			ID: pool.ClientID(id + "c"), PoolID: id, Name: "a client", CreatedAt: at, ModifiedAt: at, SealedSecret: []byte{0xff, 0},
			Settings: pool.ClientSettings{AuthFlows: []string{"ALLOW_USER_SRP_AUTH"}, ReadAttributes: []string{}, SchemaSize: 20},
		}, &pool.Client{ID: pool.ClientID(id + "c")}},
		{&pool.SigningKey{
			PoolID: id, KID: "kid", Use: pool.KeyForID, SealedKey: []byte("sealed"), PublicKey: []byte("public"), CreatedAt: at,
			SignsFrom: at.Add(time.Hour), RetiresAt: at.Add(2 * time.Hour),
		}, &pool.SigningKey{PoolID: id, KID: "kid"}},
		{&pool.Removal{PoolID: id, CreatedAt: at}, &pool.Removal{PoolID: id}},
		{&user.User{
			PoolID: id, Sub: sub, Username: "Ünï", Status: user.ForceChangePassword, Disabled: true,
			Attributes: user.Attributes{{Name: "name", Value: "\"quoted\" \\ \u2028 𝄞"}, {Name: "email", Value: "A@Example.com"}},
			Verifier:   []byte("sealed"), PasswordSetAt: at, SignOutEpoch: 7,
			Factors: user.Factors{SMS: true, TOTP: true, Preferred: user.FactorTOTP, HasToken: true}, CreatedAt: at, ModifiedAt: at,
		}, &user.User{PoolID: id, Sub: sub}},
		{&user.Alias{PoolID: id, Kind: user.AliasPhone, Key: "+15550100", Sub: sub, KeyVersion: 1},
			&user.Alias{PoolID: id, Kind: user.AliasPhone, Key: "+15550100"}},
		{&user.Code{
			PoolID: id, Sub: sub, Purpose: user.PurposeVerifyEmail, ID: "code", Attribute: "email", Target: "b@example.com",
			Pending: true, Hash: []byte{1}, ExpiresAt: at,
		}, &user.Code{PoolID: id, Sub: sub, Purpose: user.PurposeVerifyEmail}},
		{&user.Session{
			PoolID: id, Sub: sub, ID: "session", OriginJTI: "jti", ClientID: "client", Epoch: 3, Revoked: true,
			Scope: "aws.cognito.signin.user.admin", AuthTime: at, ExpiresAt: at.Add(time.Hour),
			Generation: 2, RotatedAt: at.Add(time.Minute), DeviceKey: "device",
		}, &user.Session{PoolID: id, Sub: sub, ID: "session"}},
		{&user.SpentChallenge{PoolID: id, Sub: sub, ID: "challenge", ExpiresAt: at},
			&user.SpentChallenge{PoolID: id, Sub: sub, ID: "challenge"}},
		{&user.Attempts{
			PoolID: id, Sub: sub, Kind: user.AttemptPassword, Count: 4, Since: at, LockedUntil: at.Add(time.Second), ExpiresAt: at.Add(time.Hour),
		}, &user.Attempts{PoolID: id, Sub: sub, Kind: user.AttemptPassword}},
		{&user.Outgoing{
			PoolID: id, Sub: sub, ID: "message", Purpose: user.PurposeSignUp, CodeID: "code", Sealed: []byte("sealed"),
			LeasedUntil: at, Tries: 2, CreatedAt: at, ExpiresAt: at.Add(time.Hour),
		}, &user.Outgoing{PoolID: id, Sub: sub, ID: "message"}},
		{&pool.Group{
			PoolID: id, Name: "group", ID: "group-id", Description: "text", RoleARN: "arn", Precedence: &precedence, CreatedAt: at, ModifiedAt: at,
		}, &pool.Group{PoolID: id, Name: "group"}},
		{&user.Membership{PoolID: id, Sub: sub, GroupName: "group", GroupID: "group-id", CreatedAt: at}, &user.Membership{PoolID: id, Sub: sub, GroupName: "group"}},
		{&user.SoftwareToken{PoolID: id, Sub: sub, Secret: []byte("sealed"), Pending: []byte{0}, Name: "phone", LastStep: 7}, &user.SoftwareToken{PoolID: id, Sub: sub}},
		{&user.Device{
			PoolID: id, Sub: sub, Key: "device", GroupKey: "-group", Name: "laptop", Verifier: []byte("sealed"), Remembered: true, LastIP: "192.0.2.1",
			CreatedAt: at, ModifiedAt: at.Add(time.Second), UsedAt: at.Add(time.Minute),
		}, &user.Device{PoolID: id, Sub: sub, Key: "device"}},
		{&user.Passkey{PoolID: id, Sub: sub, ID: "passkey", Name: "key", Credential: []byte("{}"), SignCount: 4_000_000_000, CreatedAt: at}, &user.Passkey{PoolID: id, Sub: sub, ID: "passkey"}},
		{&user.Challenge{PoolID: id, Sub: sub, ID: "challenge", State: []byte("sealed"), ExpiresAt: at}, &user.Challenge{PoolID: id, Sub: sub, ID: "challenge"}},
		{&user.PasswordHistory{PoolID: id, Sub: sub, Verifiers: []byte("sealed")}, &user.PasswordHistory{PoolID: id, Sub: sub}},
		{&user.Change{
			PoolID: id, Sub: sub, ID: "change", At: at, Operation: "UpdateUserAttributes", ClientID: "client", AccessKeyID: "key",
			Values: []user.ChangedValue{{Name: "email", Old: "00ff", New: "11"}}, ExpiresAt: at.Add(time.Hour),
		}, &user.Change{PoolID: id, Sub: sub, ID: "change"}},
		{&pool.RiskConfiguration{
			PoolID: id, ClientID: "client", ModifiedAt: at, Settings: pool.RiskSettings{
				Compromised: &pool.CompromisedSettings{Events: []string{pool.RiskSignIn}, Action: pool.RiskBlock},
				Takeover:    &pool.TakeoverSettings{Notify: &pool.RiskNotices{SourceARN: "arn", Block: &pool.RiskNotice{Subject: "subject"}}, High: &pool.TakeoverAction{Notify: true, Action: pool.RiskBlock}},
				Exceptions:  &pool.RiskExceptions{Blocked: []string{}, Skipped: []string{"10.0.0.0/8"}},
			},
		}, &pool.RiskConfiguration{PoolID: id, ClientID: "client"}},
		{&user.AuthEvent{
			PoolID: id, Sub: sub, ID: "event", Type: user.EventSignIn, ClientID: "client", Response: user.EventPass,
			Risk: user.AuthRisk{Decision: "AccountTakeover", Level: "Low", Compromised: true}, Challenges: []user.AuthChallenge{{Name: user.EventPassword, Response: user.EventSuccess}},
			Context:  user.AuthContext{IP: "192.0.2.1", Device: "device", DeviceName: "name", Timezone: "Europe/Rome", City: "Rome", Country: "Italy", Position: &user.Position{Latitude: 41.9, Longitude: -12.5}},
			Feedback: &user.AuthFeedback{Value: user.FeedbackValid, Provider: "User", At: at}, CreatedAt: at, ExpiresAt: at.Add(time.Hour),
		}, &user.AuthEvent{PoolID: id, Sub: sub, ID: "event"}},
		{&instance.Material{Name: string(id), Value: []byte("value")}, &instance.Material{Name: string(id)}},
		{&limit.Level{Bucket: string(id), Millionths: 2_500_000, At: at, ExpiresAt: at.Add(time.Second)}, &limit.Level{Bucket: string(id)}},
		{&instance.AccessKey{ID: string(id), SealedSecret: []byte("sealed"), CreatedAt: at}, &instance.AccessKey{ID: string(id)}},
	}
}

// EveryNoun returns one row of every noun with every field set, none of them stored.
func EveryNoun(id pool.ID) []row.Row {
	var rows []row.Row
	for _, s := range samples(id) {
		rows = append(rows, s.full)
	}
	return rows
}
