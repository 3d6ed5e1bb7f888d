package pool

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"poolhouse.dev/internal/fault"
)

// arnPart returns a part of an ARN, counted by its colons from 0: 3 is the
// Region, 4 the account. It is "" where the ARN has none.
func arnPart(arn string, n int) string {
	parts := strings.SplitN(arn, ":", 6)
	if n >= len(parts) {
		return ""
	}
	return parts[n]
}

// sesRegions are those from which every pool may send.
var sesRegions = []string{"eu-west-1", "us-east-1", "us-west-2"}

func checkEmail(p *Pool) error {
	e := &p.Settings.Email
	if e.Account == SenderDeveloper && e.SourceARN == "" {
		return fault.InvalidParameter("Source ARN is required to use DEVELOPER email sending owner")
	}
	if err := checkSESRegion(p.Region, e.SourceARN); err != nil {
		return err
	}
	if e.From != "" && !isSender(e.From) {
		return fault.InvalidParameter("Provided From email address is invalid")
	}
	return nil
}

// checkSESRegion refuses an identity of a Region from which pools of the other do not
// send; an ARN that names no Region passes.
func checkSESRegion(region, arn string) error {
	allowed := sesRegions
	if !slices.Contains(allowed, region) {
		allowed = append(slices.Clone(allowed), region)
		slices.Sort(allowed)
	}
	if named := arnPart(arn, 3); named != "" && !slices.Contains(allowed, named) {
		return fault.InvalidParameterf("Provided SourceArn must be in one of the following SES regions: %s.", strings.Join(allowed, ", "))
	}
	return nil
}

// isSender reports whether from is an address, alone or behind a name. A
// control character could add a header to every message.
func isSender(from string) bool {
	if strings.ContainsFunc(from, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return false
	}
	a, err := mail.ParseAddress(from)
	return err == nil && CheckEmail(a.Address)
}

// snsAlternates are the Regions that pools of some Regions may send from
// besides their own, since those had no text messages at first.
var snsAlternates = map[string]string{
	"us-east-2": "us-east-1", "ca-central-1": "us-east-1", "eu-central-1": "eu-west-1", "eu-west-2": "eu-west-1",
	"ap-south-1": "ap-southeast-1", "ap-northeast-2": "ap-northeast-1",
}

func checkSMS(p *Pool) error {
	s := p.Settings.SMS
	if s == nil {
		return nil
	}
	caller := s.SNSCallerARN
	switch {
	case s.EUMS != nil && caller != "":
		return fault.InvalidParameter(textSMSBoth)
	case s.EUMS == nil && caller == "":
		return fault.InvalidParameter(textSMSNeither)
	case s.EUMS != nil:
		caller = s.EUMS.CallerARN
		if s.EUMS.Region != "" && s.EUMS.Region != p.Region {
			return fault.InvalidParameterf(textEUMSRegion, p.Region)
		}
	}
	if s.SNSRegion != "" && s.SNSRegion != p.Region && s.SNSRegion != snsAlternates[p.Region] {
		return fault.InvalidParameterf("Invalid snsRegion. Allowed SNS region for %s is %s", p.Region, p.Region)
	}
	if arnPart(caller, 4) != p.Account {
		return fault.InvalidParameter("Cross-account pass role is not allowed.")
	}
	return nil
}

func checkTemplates(p *Pool) error {
	t := &p.Settings.Templates
	if t.EmailMessage != "" && t.EmailMessageByLink != "" {
		return fault.InvalidParameter(textBothTemplates)
	}
	subjects := []string{t.EmailSubject, t.EmailSubjectByLink, p.Settings.Invite.EmailSubject}
	if p.Settings.EmailMFA != nil {
		subjects = append(subjects, p.Settings.EmailMFA.Subject)
	}
	for _, subject := range subjects {
		if strings.ContainsFunc(subject, endsLine) {
			return fault.InvalidParameter(textSubjectLine)
		}
	}
	return nil
}

// endsLine reports whether r cannot stand in a subject, which is one line of a
// message's header: after a line break another header could follow.
func endsLine(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
}

// checkInvitation demands what an invited user needs to get in: the name, and
// the temporary password unless the pool has ways to sign in without one.
func checkInvitation(p *Pool) error {
	text := p.Settings.Invite.EmailMessage
	if text == "" {
		return nil
	}
	if !strings.Contains(text, "{username}") {
		return fault.InvalidParameter(textInviteUsername)
	}
	passwordless := slices.ContainsFunc(p.Settings.FirstFactors, func(f string) bool { return f != FactorPassword })
	if !passwordless && !strings.Contains(text, "{####}") {
		return fault.InvalidParameter(textInviteCode)
	}
	return nil
}
