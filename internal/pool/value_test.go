package pool_test

import (
	"strings"
	"testing"

	"poolhouse.dev/internal/pool"
)

func TestCheckValue(t *testing.T) {
	five, nine, ten := "5", "9", "10"
	text := pool.Attribute{Name: "custom:x", Type: pool.TypeString, String: &pool.Limits{Min: &five, Max: &nine}}
	number := pool.Attribute{Name: "custom:n", Type: pool.TypeNumber, Number: &pool.Limits{Min: &five, Max: &ten}}
	flag := pool.Attribute{Name: "custom:b", Type: pool.TypeBoolean}
	moment := pool.Attribute{Name: "custom:d", Type: pool.TypeDateTime}
	born := pool.Attribute{Name: "birthdate", Type: pool.TypeString, String: &pool.Limits{Min: &ten, Max: &ten}}
	free := pool.Attribute{Name: "custom:f", Type: pool.TypeString, String: &pool.Limits{}}
	cases := []struct {
		attribute pool.Attribute
		value     string
		want      string
	}{
		{text, "12345", ""},
		{text, "1234", "String must be no shorter than 5 characters"},
		{text, "1234567890", "String must be no longer than 9 characters"},
		{text, "\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600", "String must be no longer than 9 characters"},
		{text, "12\x0045", "Value must not contain the character U+0000."},
		{free, strings.Repeat("x", 2048), ""},
		{number, "5", ""},
		{number, "+7", ""},
		{number, "4", "Value must be no less than 5"},
		{number, "99999999999999999999999", "Value must be no greater than 10"},
		{number, "5.5", "Value must be an integer."},
		{number, "five", "Value must be an integer."},
		{flag, "True", ""},
		{flag, "yes", "Value must be true or false."},
		{moment, "2026-02-28T10:00:00Z", ""},
		{moment, "2026-02-28", ""},
		{moment, "1772274600", ""},
		{moment, "yesterday", "Value must be an ISO 8601 date and time or a number of seconds since 1970."},
		{born, "2000-02-29", ""},
		{born, "2001-02-29", "Value must be a date of the form YYYY-MM-DD."},
	}
	for _, c := range cases {
		if got := c.attribute.CheckValue(c.value); got != c.want {
			t.Errorf("%s takes %q: %q, want %q", c.attribute.Name, c.value, got, c.want)
		}
	}
}

func TestCheckEmail(t *testing.T) {
	for value, want := range map[string]bool{
		"ann@example.com": true, "a.b+c@sub.example.com": true, "o'neil@example.com": true, "ann@localhost": true,
		"": false, "ann": false, "@example.com": false, "ann@": false, "ann@example": false, "ann@@example.com": false,
		"ann @example.com": false, "ann@example.com\n": false, "ann@ex\u200bample.com": false, `"a b"@example.com`: false,
		"ann@example..com": false, "ann@.example.com": false, "ann@example.com.": false, "Ann <ann@example.com>": false,
		"ann@example.com,bob@example.com": false, "ann@[127.0.0.1]": false, strings.Repeat("a", 65) + "@example.com": false,
	} {
		if got := pool.CheckEmail(value); got != want {
			t.Errorf("CheckEmail(%q) = %v", value, got)
		}
	}
}

func TestCheckPhone(t *testing.T) {
	for value, want := range map[string]bool{
		"+14325551212": true, "+1": true, "+123456789012345": true,
		"14325551212": false, "+1 432 555 1212": false, "+1234567890123456": false, "+": false, "+1432a": false, "+14325551212\n": false,
	} {
		if got := pool.CheckPhone(value); got != want {
			t.Errorf("CheckPhone(%q) = %v", value, got)
		}
	}
}

func TestPasswordPolicy(t *testing.T) {
	p := pool.DefaultPasswordPolicy()
	for value, want := range map[string]string{
		"Passw0rd!": "", "Pass w0rd": "", "Passw0r": "Password not long enough",
		"passw0rd!": "Password must have uppercase characters", "PASSW0RD!": "Password must have lowercase characters",
		"Password!": "Password must have numeric characters", "Passw0rdd": "Password must have symbol characters",
		"Äässw0rd!": "Password must have uppercase characters", "Aa1!" + strings.Repeat("x", 253): "Password too long",
	} {
		if got := p.Check(value); got != want {
			t.Errorf("Check(%q) = %q, want %q", value, got, want)
		}
	}
}

func TestAllowsFlow(t *testing.T) {
	all := []string{pool.FlowUserSRP, pool.FlowUserPassword, pool.FlowAdminPassword, pool.FlowCustom, pool.FlowRefresh, pool.FlowUserAuth}
	cases := []struct {
		name     string
		settings pool.ClientSettings
		want     string
	}{
		{"nothing set", pool.ClientSettings{}, "USER_SRP_AUTH CUSTOM_AUTH REFRESH_TOKEN_AUTH"},
		{"named", pool.ClientSettings{AuthFlows: []string{"ALLOW_USER_PASSWORD_AUTH"}}, "USER_PASSWORD_AUTH"},
		{"rotation ends the refresh flow", pool.ClientSettings{Rotation: &pool.RefreshRotation{Enabled: true}}, "USER_SRP_AUTH CUSTOM_AUTH"},
		{"legacy password", pool.ClientSettings{AuthFlows: []string{"USER_PASSWORD_AUTH"}}, "USER_SRP_AUTH USER_PASSWORD_AUTH CUSTOM_AUTH REFRESH_TOKEN_AUTH"},
		{"legacy admin", pool.ClientSettings{AuthFlows: []string{"ADMIN_NO_SRP_AUTH"}}, "USER_SRP_AUTH ADMIN_USER_PASSWORD_AUTH CUSTOM_AUTH REFRESH_TOKEN_AUTH"},
		{"legacy custom only", pool.ClientSettings{AuthFlows: []string{"CUSTOM_AUTH_FLOW_ONLY"}}, "CUSTOM_AUTH REFRESH_TOKEN_AUTH"},
	}
	for _, c := range cases {
		client := &pool.Client{Settings: c.settings}
		var got []string
		for _, flow := range all {
			if client.AllowsFlow(flow) {
				got = append(got, flow)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}
