package notify

import (
	"html"
	"regexp"
	"slices"
	"strings"
)

// The placeholders of a template that are replaced as they stand.
const (
	codePlaceholder     = "{####}"
	usernamePlaceholder = "{username}"
)

// linkPlaces finds the places of a text with links: what stands between the
// signs is the text of the link, and {####} is still the place of a code.
var linkPlaces = regexp.MustCompile(`(?s)\{####\}|\{##.+?##\}`)

// HasLink reports whether a text has a place for a link.
func HasLink(text string) bool {
	return slices.ContainsFunc(linkPlaces.FindAllString(text, -1), func(found string) bool { return found != codePlaceholder })
}

// Templates are the texts of a pool. An empty one stands for the service's
// own text of that kind, each field for itself. The Invite fields serve
// [Invitation], the others every other kind; the caller has put the text that
// fits the kind (verification, link, MFA or custom message) into them.
type Templates struct {
	EmailSubject, EmailBody, SMSBody                   string
	InviteEmailSubject, InviteEmailBody, InviteSMSBody string
}

// Texts are those that a pool's CustomMessage trigger gives for one message; an
// empty one leaves the pool's own in place.
type Texts struct{ EmailSubject, EmailBody, SMSBody string }

// With returns the templates with the texts of a trigger put into the place of
// those of the kind.
func (t Templates) With(kind Kind, x Texts) Templates {
	if kind == Invitation {
		t.InviteEmailSubject = orDefault(x.EmailSubject, t.InviteEmailSubject)
		t.InviteEmailBody = orDefault(x.EmailBody, t.InviteEmailBody)
		t.InviteSMSBody = orDefault(x.SMSBody, t.InviteSMSBody)
		return t
	}
	t.EmailSubject = orDefault(x.EmailSubject, t.EmailSubject)
	t.EmailBody = orDefault(x.EmailBody, t.EmailBody)
	t.SMSBody = orDefault(x.SMSBody, t.SMSBody)
	return t
}

// Values are what takes the place of placeholders.
type Values struct {
	Code, Username string
	// Link, if not "", is the address that confirms by being opened; the service's
	// own texts are then those of a message with a link. E-mail only.
	Link string
}

// Render returns the subject and body of a message: the body with its
// placeholders replaced, HTML for e-mail; the subject as it stands, since the
// service never puts a code into one, and "" for SMS. Only an invitation knows
// {username}, and {##text##} becomes a link only where there is one. Values are
// escaped where the body is HTML, and a value that looks like a placeholder stays
// as it is.
//
// A template may lack {####} (see [Templates.ShowsCode]); such a message must
// not be sent to somebody who needs the code.
func Render(kind Kind, medium Medium, t Templates, v Values) (subject, body string) {
	subject, body = t.pick(kind, medium, v.Link != "")
	if medium == Email {
		v = Values{Code: html.EscapeString(v.Code), Username: html.EscapeString(v.Username), Link: html.EscapeString(v.Link)}
	}
	if v.Link != "" {
		return subject, linkPlaces.ReplaceAllStringFunc(body, v.place)
	}
	values := []string{codePlaceholder, v.Code}
	if kind == Invitation {
		values = append(values, usernamePlaceholder, v.Username)
	}
	// A Replacer passes over the text once, so what it put in is never
	// looked at again.
	return subject, strings.NewReplacer(values...).Replace(body)
}

// place returns what takes a place of a text with links.
func (v Values) place(found string) string {
	if found == codePlaceholder {
		return v.Code
	}
	return `<a href="` + v.Link + `">` + found[len("{##"):len(found)-len("##}")] + `</a>`
}

// ShowsCode reports whether the body that [Render] would use has a place for
// the code. The service does not deliver an invitation whose template has none
// to a user with a password.
func (t Templates) ShowsCode(kind Kind, medium Medium) bool {
	_, body := t.pick(kind, medium, false)
	return strings.Contains(body, codePlaceholder)
}

// pick returns the templates for one message, the service's own where the pool
// has none.
func (t Templates) pick(kind Kind, medium Medium, link bool) (subject, body string) {
	own := defaultTexts(kind)
	if link {
		own.subject, own.email = "Your verification link", "Please click the link below to verify your email address. {##Verify Email##}"
	}
	email := [2]string{t.EmailSubject, t.EmailBody}
	sms := t.SMSBody
	if kind == Invitation {
		email = [2]string{t.InviteEmailSubject, t.InviteEmailBody}
		sms = t.InviteSMSBody
	}
	if medium == SMS {
		return "", orDefault(sms, own.sms)
	}
	return orDefault(email[0], own.subject), orDefault(email[1], own.email)
}

func orDefault(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

type texts struct{ subject, email, sms string }

// defaultTexts returns the service's own texts. It documents none of them: the
// invitation and the password reset were seen delivered, the others are as users
// of the service know them.
func defaultTexts(kind Kind) texts {
	body := "Your verification code is {####}"
	switch kind {
	case Invitation:
		return texts{
			subject: "Your temporary password",
			email:   "Your username is {username} and temporary password is {####}.",
			sms:     "Your username is {username} and temporary password is {####}",
		}
	case SignUp, ResendCode:
		body = "Your confirmation code is {####}"
	case ForgotPassword:
		body = "Your password reset code is {####}"
	case Authentication:
		body = "Your authentication code is {####}"
	case UpdateAttribute, VerifyAttribute, AccountTakeOver, EmailChanged:
	}
	return texts{subject: "Your verification code", email: body, sms: body}
}
