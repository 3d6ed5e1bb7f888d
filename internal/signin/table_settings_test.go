package signin_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// settingsHead begins the second half of the page.
const settingsHead = `
## Other settings

Each table below is one way to begin a sign-in to a pool whose second factors are OPTIONAL,
all of them, and whose first factors are passwords and codes; users have an e-mail address and
a phone number. The first row is that pool with a client that shows who exists; in every other
row one setting is another, and a cell says where the sign-in leads then. A blank cell is that
of the first row, and a setting whose cells would all be blank is named below the table.

A strange sign-in is one from a device that the user has not signed in from, and a stolen
password one that thieves know, in a pool whose threat protection is AUDIT or ENFORCED, for
custom sign-ins, too, and does what the row says about it.
`

// changed is what a setting of the table changes.
type changed struct {
	pool   *pool.Settings
	client *pool.ClientSettings
	flow   string
	// risk is what the pool does about risks; strange says that the user is known from
	// another device, and known that thieves know the password.
	risk           *pool.RiskSettings
	strange, known bool
	// device is what the user has of the device whose key comes along; nil for no key.
	device *user.Device
	// refuses is the trigger that refuses, and migrates is what UserMigration answers,
	// nothing for somebody whom it does not know.
	refuses  string
	migrates map[string]any
}

const tableARN = "arn:aws:lambda:eu-test-1:123456789012:function:f"

// tableSettings are the rows. The first changes nothing.
var tableSettings = []struct {
	name   string
	change func(*changed)
}{
	{"as above", func(*changed) {}},
	{"PreventUserExistenceErrors ENABLED", func(c *changed) { c.client.HideUsers = "ENABLED" }},
	{"ExplicitAuthFlows without the flow", func(c *changed) {
		c.client.AuthFlows = slices.DeleteFunc(c.client.AuthFlows, func(f string) bool { return f == "ALLOW_"+c.flow })
	}},
	{"RefreshTokenRotation ENABLED", func(c *changed) { c.client.Rotation = &pool.RefreshRotation{Enabled: true} }},
	{"AuthSessionValidity 15", func(c *changed) { c.client.AuthSessionMinutes = 15 }},
	{"UserPoolTier LITE", func(c *changed) { c.pool.Tier = pool.TierLite }},
	{"AllowedFirstAuthFactors PASSWORD", func(c *changed) { c.pool.FirstFactors = []string{user.FirstPassword} }},
	{"TemporaryPasswordValidityDays 30", func(c *changed) { c.pool.PasswordPolicy.TemporaryDays = 30 }},
	{"recovery by e-mail", func(c *changed) { c.pool.Recovery = pool.DefaultRecovery() }},
	{"MfaConfiguration ON", func(c *changed) { requireSecond(c) }},
	{"MfaConfiguration ON, recovery by phone number", func(c *changed) {
		requireSecond(c)
		c.pool.Recovery = []pool.RecoveryOption{{Name: "verified_phone_number", Priority: 1}}
	}},
	{"devices tracked, on an unknown one", func(c *changed) { c.pool.Devices = &pool.DeviceSettings{} }},
	{"devices tracked, on a confirmed one", func(c *changed) { c.pool.Devices, c.device = &pool.DeviceSettings{}, &user.Device{} }},
	{"devices tracked, on a remembered one", func(c *changed) { c.pool.Devices, c.device = &pool.DeviceSettings{}, &user.Device{Remembered: true} }},
	{"ChallengeRequiredOnNewDevice, on a confirmed device", func(c *changed) {
		c.pool.Devices, c.device = &pool.DeviceSettings{ChallengeRequiredOnNewDevice: true}, &user.Device{}
	}},
	{"ChallengeRequiredOnNewDevice, on a remembered device", func(c *changed) {
		c.pool.Devices, c.device = &pool.DeviceSettings{ChallengeRequiredOnNewDevice: true}, &user.Device{Remembered: true}
	}},
	{"the same with DeviceOnlyRememberedOnUserPrompt", func(c *changed) {
		c.pool.Devices, c.device = &pool.DeviceSettings{ChallengeRequiredOnNewDevice: true, RememberOnlyOnUserPrompt: true}, &user.Device{Remembered: true}
	}},
	{"PreAuthentication refuses", func(c *changed) { c.pool.Triggers.PreAuthentication, c.refuses = tableARN, "PreAuthentication" }},
	{"PostAuthentication refuses", func(c *changed) { c.pool.Triggers.PostAuthentication, c.refuses = tableARN, "PostAuthentication" }},
	{"PreTokenGeneration refuses", func(c *changed) { c.pool.Triggers.PreTokenGeneration, c.refuses = tableARN, "TokenGeneration" }},
	{"UserMigration, unknown there", func(c *changed) { c.pool.Triggers.UserMigration = tableARN }},
	{"UserMigration, CONFIRMED there", func(c *changed) {
		c.pool.Triggers.UserMigration = tableARN
		c.migrates = map[string]any{"userAttributes": map[string]string{"email": "a@example.com", "email_verified": "true"}, "finalUserStatus": "CONFIRMED"}
	}},
	{"UserMigration, to be reset there", func(c *changed) {
		c.pool.Triggers.UserMigration = tableARN
		c.migrates = map[string]any{"userAttributes": map[string]string{"email": "a@example.com", "email_verified": "true"}, "finalUserStatus": "RESET_REQUIRED"}
	}},
	{"AUDIT, strange sign-in: BLOCK", strange("AUDIT", pool.RiskBlock)},
	{"ENFORCED, strange sign-in: NO_ACTION", strange("ENFORCED", pool.RiskNoAction)},
	{"ENFORCED, strange sign-in: MFA_IF_CONFIGURED", strange("ENFORCED", pool.RiskMFAIfConfigured)},
	{"ENFORCED, strange sign-in: MFA_REQUIRED", strange("ENFORCED", pool.RiskMFARequired)},
	{"ENFORCED, strange sign-in: BLOCK", strange("ENFORCED", pool.RiskBlock)},
	{"AUDIT, stolen password: BLOCK", stolen("AUDIT", pool.RiskBlock)},
	{"ENFORCED, stolen password: NO_ACTION", stolen("ENFORCED", pool.RiskNoAction)},
	{"ENFORCED, stolen password: BLOCK", stolen("ENFORCED", pool.RiskBlock)},
	{"ENFORCED, address in BlockedIPRangeList", func(c *changed) {
		c.pool.AddOns = &pool.AddOns{SecurityMode: "ENFORCED", CustomAuth: "ENFORCED"}
		c.risk = &pool.RiskSettings{Exceptions: &pool.RiskExceptions{Blocked: []string{"192.0.2.0/24"}}}
	}},
}

func requireSecond(c *changed) {
	c.pool.MFA, c.pool.FirstFactors = pool.MFAOn, []string{user.FirstPassword}
}

func strange(mode, action string) func(*changed) {
	return func(c *changed) {
		c.pool.AddOns, c.strange = &pool.AddOns{SecurityMode: mode, CustomAuth: mode}, true
		c.risk = &pool.RiskSettings{Takeover: &pool.TakeoverSettings{Low: &pool.TakeoverAction{Action: action}}}
	}
}

func stolen(mode, action string) func(*changed) {
	return func(c *changed) {
		c.pool.AddOns, c.known = &pool.AddOns{SecurityMode: mode, CustomAuth: mode}, true
		c.risk = &pool.RiskSettings{Compromised: &pool.CompromisedSettings{Action: action}}
	}
}

// settingUsers are the columns.
var settingUsers = []tableUser{
	{name: "confirmed", change: both},
	{name: "SMS on", change: on(both, user.FactorSMS)},
	{name: "wrong password", password: wrong, change: both},
	{name: "unconfirmed", change: func(u *user.User) { both(u); u.Status = user.Unconfirmed }},
	{name: "temporary password", change: func(u *user.User) { both(u); u.Status = user.ForceChangePassword }},
	{name: "… that ran out", change: func(u *user.User) {
		both(u)
		u.Status, u.PasswordSetAt = user.ForceChangePassword, u.PasswordSetAt.Add(-8*24*time.Hour)
	}},
	{name: "to be reset", change: func(u *user.User) { both(u); u.Status = user.ResetRequired }},
	{name: "disabled", change: func(u *user.User) { both(u); u.Disabled = true }},
	{name: "nobody", unknown: true},
}

// settingFlows are the tables.
var settingFlows = []struct {
	title, text, flow string
	parameters        map[string]string
}{
	{"Password", "`USER_PASSWORD_AUTH`.", pool.FlowUserPassword, map[string]string{"PASSWORD": ""}},
	{"Password proved by SRP", "`USER_SRP_AUTH`, after the answer to `PASSWORD_VERIFIER`.", pool.FlowUserSRP, map[string]string{"SRP_A": ""}},
	{"Choice", "`USER_AUTH` without a preference.", pool.FlowUserAuth, nil},
	{"Password by choice", "`USER_AUTH` with `PREFERRED_CHALLENGE` `PASSWORD`.", pool.FlowUserAuth, map[string]string{"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": ""}},
	{"Code by e-mail", "`USER_AUTH` with `PREFERRED_CHALLENGE` `EMAIL_OTP`; with a right code where one is sent.", pool.FlowUserAuth, map[string]string{"PREFERRED_CHALLENGE": "EMAIL_OTP"}},
	{"Custom", "`CUSTOM_AUTH` with functions that ask one challenge and are content.", pool.FlowCustom, nil},
	{"Custom, after the password", "`CUSTOM_AUTH` with `CHALLENGE_NAME` `SRP_A`, after the answer to `PASSWORD_VERIFIER`.", pool.FlowCustom, map[string]string{"CHALLENGE_NAME": "SRP_A", "SRP_A": ""}},
	{"Refresh", "`REFRESH_TOKEN_AUTH`, after a sign-in when the user was confirmed and enabled and the pool that of the first row.", pool.FlowRefresh, nil},
}

// writeSettings writes the tables of settings.
func writeSettings(t *testing.T, page *bytes.Buffer) {
	t.Helper()
	page.WriteString(settingsHead)
	w := apitest.Embedded(t, nil)
	made := 0
	for _, f := range settingFlows {
		fmt.Fprintf(page, "\n### %s\n\n%s\n\n| Setting |", f.title, f.text)
		for _, u := range settingUsers {
			fmt.Fprintf(page, " %s |", u.name)
		}
		page.WriteString("\n|" + strings.Repeat(" --- |", len(settingUsers)+1) + "\n")
		var first []string
		var same []string
		for i, s := range tableSettings {
			row := make([]string, len(settingUsers))
			for j, u := range settingUsers {
				made++
				v := &visitor{t: t, w: w, name: fmt.Sprintf("user%d", made), user: u, changed: changed{flow: f.flow}}
				row[j] = v.cell(s.change, f.parameters)
			}
			if i == 0 {
				first = slices.Clone(row)
			} else if slices.Equal(row, first) {
				same = append(same, s.name)
				continue
			} else {
				for j := range row {
					if row[j] == first[j] {
						row[j] = ""
					}
				}
			}
			fmt.Fprintf(page, "| %s | %s |\n", s.name, strings.Join(row, " | "))
		}
		fmt.Fprintf(page, "\nNothing changes with: %s.\n", strings.Join(same, "; "))
	}
}
