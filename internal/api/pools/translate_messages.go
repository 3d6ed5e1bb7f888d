package pools

import (
	"cmp"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/wire"
)

// applyMessages applies the message texts. The older members and those of the
// template are one setting; where both are given the template counts.
func applyMessages(s *pool.Settings, in *wire.CreateUserPoolRequest) {
	t := in.VerificationMessageTemplate
	if t == nil {
		t = &wire.VerificationMessageTemplateType{}
	}
	s.Templates = pool.Templates{
		EmailOption:        enumOr(t.DefaultEmailOption, pool.EmailByCode),
		EmailSubject:       cmp.Or(wire.Deref(t.EmailSubject), wire.Deref(in.EmailVerificationSubject)),
		EmailMessage:       cmp.Or(wire.Deref(t.EmailMessage), wire.Deref(in.EmailVerificationMessage)),
		EmailSubjectByLink: wire.Deref(t.EmailSubjectByLink),
		EmailMessageByLink: wire.Deref(t.EmailMessageByLink),
		SMSMessage:         cmp.Or(wire.Deref(t.SmsMessage), wire.Deref(in.SmsVerificationMessage)),
		SMSAuthentication:  wire.Deref(in.SmsAuthenticationMessage),
	}
}

// describeMessages is the reverse of applyMessages.
func describeMessages(out *wire.UserPoolType, t *pool.Templates) {
	out.EmailVerificationSubject = optional(t.EmailSubject)
	out.EmailVerificationMessage = optional(t.EmailMessage)
	out.SmsVerificationMessage = optional(t.SMSMessage)
	out.SmsAuthenticationMessage = optional(t.SMSAuthentication)
	out.VerificationMessageTemplate = &wire.VerificationMessageTemplateType{
		DefaultEmailOption: wire.Ptr(wire.DefaultEmailOptionType(t.EmailOption)),
		EmailSubject:       optional(t.EmailSubject),
		EmailMessage:       optional(t.EmailMessage),
		EmailSubjectByLink: optional(t.EmailSubjectByLink),
		EmailMessageByLink: optional(t.EmailMessageByLink),
		SmsMessage:         optional(t.SMSMessage),
	}
}

func applyEmail(s *pool.Settings, e *wire.EmailConfigurationType) {
	if e == nil {
		return
	}
	s.Email = pool.EmailSettings{
		Account:          enumOr(e.EmailSendingAccount, pool.SenderDefault),
		SourceARN:        wire.Deref(e.SourceArn),
		From:             wire.Deref(e.From),
		ReplyTo:          wire.Deref(e.ReplyToEmailAddress),
		ConfigurationSet: wire.Deref(e.ConfigurationSet),
	}
}

// emailConfiguration is the reverse of applyEmail.
func emailConfiguration(e *pool.EmailSettings) *wire.EmailConfigurationType {
	return &wire.EmailConfigurationType{
		EmailSendingAccount: wire.Ptr(wire.EmailSendingAccountType(e.Account)),
		SourceArn:           optional(e.SourceARN),
		From:                optional(e.From),
		ReplyToEmailAddress: optional(e.ReplyTo),
		ConfigurationSet:    optional(e.ConfigurationSet),
	}
}

// applySMS applies the settings of text messages. A structure with nothing in
// it is none: the role in it may be the empty text since it became optional.
func applySMS(s *pool.Settings, c *wire.SmsConfigurationType) {
	if c == nil {
		return
	}
	sms := pool.SMSSettings{SNSCallerARN: wire.Deref(c.SnsCallerArn), ExternalID: wire.Deref(c.ExternalId), SNSRegion: wire.Deref(c.SnsRegion)}
	if c.EumsSms == nil && sms == (pool.SMSSettings{}) {
		s.SMS = nil
		return
	}
	if e := c.EumsSms; e != nil {
		sms.EUMS = &pool.EUMSSettings{
			CallerARN:            wire.Deref(e.CallerArn),
			ExternalID:           wire.Deref(e.ExternalId),
			OriginationIdentity:  wire.Deref(e.OriginationIdentity),
			ConfigurationSetName: wire.Deref(e.ConfigurationSetName),
			InEntityID:           wire.Deref(e.InEntityId),
			InTemplateID:         wire.Deref(e.InTemplateId),
			Region:               wire.Deref(e.Region),
		}
	}
	s.SMS = &sms
}

// smsConfiguration is the reverse of applySMS; nil without text messages.
func smsConfiguration(s *pool.SMSSettings) *wire.SmsConfigurationType {
	if s == nil {
		return nil
	}
	out := &wire.SmsConfigurationType{SnsCallerArn: optional(s.SNSCallerARN), ExternalId: optional(s.ExternalID), SnsRegion: optional(s.SNSRegion)}
	if e := s.EUMS; e != nil {
		out.EumsSms = &wire.EumsSmsConfigurationType{
			CallerArn:            optional(e.CallerARN),
			ExternalId:           optional(e.ExternalID),
			OriginationIdentity:  optional(e.OriginationIdentity),
			ConfigurationSetName: optional(e.ConfigurationSetName),
			InEntityId:           optional(e.InEntityID),
			InTemplateId:         optional(e.InTemplateID),
			Region:               optional(e.Region),
		}
	}
	return out
}
