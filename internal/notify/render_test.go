package notify_test

import (
	"testing"

	"poolhouse.dev/internal/notify"
)

func TestRender(t *testing.T) {
	custom := notify.Templates{
		EmailSubject: "Code {####} for {username}", EmailBody: "<b>{####}</b> {username} {####}", SMSBody: "{####} {username}",
		InviteEmailSubject: "Hello {username} {####}", InviteEmailBody: "<i>{username}</i>: {####}", InviteSMSBody: "{username}/{####}",
	}
	tests := map[string]struct {
		kind           notify.Kind
		medium         notify.Medium
		templates      notify.Templates
		code, username string
		subject, body  string
	}{
		"sign-up, own text":          {notify.SignUp, notify.Email, notify.Templates{}, "482913", "jane", "Your verification code", "Your confirmation code is 482913"},
		"resend by SMS, own text":    {notify.ResendCode, notify.SMS, notify.Templates{}, "482913", "jane", "", "Your confirmation code is 482913"},
		"update, own text":           {notify.UpdateAttribute, notify.Email, notify.Templates{}, "482913", "jane", "Your verification code", "Your verification code is 482913"},
		"verify by SMS, own text":    {notify.VerifyAttribute, notify.SMS, notify.Templates{}, "482913", "jane", "", "Your verification code is 482913"},
		"forgot password, own text":  {notify.ForgotPassword, notify.Email, notify.Templates{}, "039126", "jane", "Your verification code", "Your password reset code is 039126"},
		"authentication, own text":   {notify.Authentication, notify.SMS, notify.Templates{}, "039126", "jane", "", "Your authentication code is 039126"},
		"invitation, own text":       {notify.Invitation, notify.Email, notify.Templates{}, "Tmp1!", "jane", "Your temporary password", "Your username is jane and temporary password is Tmp1!."},
		"invitation by SMS, own":     {notify.Invitation, notify.SMS, notify.Templates{}, "Tmp1!", "jane", "", "Your username is jane and temporary password is Tmp1!"},
		"code in the body only":      {notify.SignUp, notify.Email, custom, "1", "jane", "Code {####} for {username}", "<b>1</b> {username} 1"},
		"no user name in SMS":        {notify.SignUp, notify.SMS, custom, "1", "jane", "", "1 {username}"},
		"invitation":                 {notify.Invitation, notify.Email, custom, "1", "jane", "Hello {username} {####}", "<i>jane</i>: 1"},
		"values are escaped in HTML": {notify.Invitation, notify.Email, custom, `<&>"'`, "<script>x</script>", "Hello {username} {####}", "<i>&lt;script&gt;x&lt;/script&gt;</i>: &lt;&amp;&gt;&#34;&#39;"},
		"and not in SMS":             {notify.Invitation, notify.SMS, custom, `<&>`, "<b>", "", "<b>/<&>"},
		"values are not expanded":    {notify.Invitation, notify.SMS, custom, "{username}", "{####}", "", "{####}/{username}"},
		"each text for itself":       {notify.SignUp, notify.Email, notify.Templates{EmailSubject: "Mine"}, "1", "", "Mine", "Your confirmation code is 1"},
		"link marks stay":            {notify.SignUp, notify.SMS, notify.Templates{SMSBody: "{##x##} {####}"}, "1", "", "", "{##x##} 1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			subject, body := notify.Render(test.kind, test.medium, test.templates, notify.Values{Code: test.code, Username: test.username})
			if subject != test.subject || body != test.body {
				t.Errorf("got %q, %q\nwant %q, %q", subject, body, test.subject, test.body)
			}
		})
	}
}

func TestRenderLink(t *testing.T) {
	const link = "https://id.example/confirmUser/?user_name=a&confirmation_code=1"
	const shown = `<a href="https://id.example/confirmUser/?user_name=a&amp;confirmation_code=1">`
	for name, test := range map[string]struct{ template, body string }{
		"own text":             {"", "Please click the link below to verify your email address. " + shown + "Verify Email</a>"},
		"one":                  {"Go {##here##}.", "Go " + shown + "here</a>."},
		"two, and the code":    {"{##a##}{####}{##b##}", shown + "a</a>1" + shown + "b</a>"},
		"markup, over lines":   {"{##<b>a\nb</b>##}", shown + "<b>a\nb</b></a>"},
		"braces in the text":   {"{##{a}##}", shown + "{a}</a>"},
		"no name is put in":    {"{username} {##a##}", "{username} " + shown + "a</a>"},
		"what is not finished": {"{##a {####}", shown + "a {##</a>"},
	} {
		t.Run(name, func(t *testing.T) {
			subject, body := notify.Render(notify.SignUp, notify.Email, notify.Templates{EmailBody: test.template}, notify.Values{Code: "1", Username: "ann", Link: link})
			if subject != "Your verification link" || body != test.body {
				t.Errorf("got %q, %q\nwant %q", subject, body, test.body)
			}
		})
	}
	for text, want := range map[string]bool{"{##a##}": true, "{####}": false, "{##a": false, "{####}{## ##}": true} {
		if notify.HasLink(text) != want {
			t.Errorf("HasLink(%q) = %v", text, !want)
		}
	}
}

func TestShowsCode(t *testing.T) {
	bare := notify.Templates{InviteEmailBody: "Welcome {username}"}
	if bare.ShowsCode(notify.Invitation, notify.Email) {
		t.Error("an invitation without a place for the password passes")
	}
	if !bare.ShowsCode(notify.Invitation, notify.SMS) || !bare.ShowsCode(notify.SignUp, notify.Email) {
		t.Error("the service's own texts have a place for the code")
	}
}
