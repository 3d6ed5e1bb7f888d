package signin

import (
	"context"

	"poolhouse.dev/internal/fault"
)

// needs are the responses that the answer to each challenge needs.
var needs = map[string][]string{
	NewPasswordRequired: {"USERNAME"},
	PasswordVerifier:    {"USERNAME", "PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"},
	SMSMFA:              {"USERNAME", "SMS_MFA_CODE"},
	EmailOTP:            {"USERNAME", "EMAIL_OTP_CODE"},
	SMSOTP:              {"USERNAME", "SMS_OTP_CODE"},
	SoftwareTokenMFA:    {"USERNAME", "SOFTWARE_TOKEN_MFA_CODE"},
	SelectMFAType:       {"USERNAME", "ANSWER"},
	MFASetup:            {"USERNAME"},
	DeviceSRP:           {"USERNAME", "DEVICE_KEY", "SRP_A"},
	DeviceVerifier:      {"USERNAME", "DEVICE_KEY", "PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"},
	CustomChallenge:     {"USERNAME", "ANSWER"},
	SelectChallenge:     {"USERNAME", "ANSWER"},
	PasswordPlain:       {"USERNAME", "PASSWORD"},
	PasswordSRP:         {"USERNAME", "SRP_A"},
	WebAuthn:            {"USERNAME", "CREDENTIAL"},
}

// Needs returns the names of the responses without which no answer to a challenge is
// judged, and whether the challenge can be answered at all.
func Needs(challenge string) ([]string, bool) {
	names, ok := needs[challenge]
	return names, ok
}

// Respond answers a challenge. session is nil where none came; responses are the
// challenge responses as sent, and have all that the challenge needs.
func (m *Machine) Respond(ctx context.Context, r Request, challenge string, session *string, responses map[string]string) (*Outcome, error) {
	if challenge == PasswordVerifier {
		return m.verifyPassword(ctx, r, session, responses)
	}
	if session == nil {
		return nil, fault.InvalidParameter(missingSession)
	}
	switch challenge {
	case NewPasswordRequired:
		return m.newPassword(ctx, r, *session, responses)
	case SMSMFA, EmailOTP, SMSOTP:
		return m.repeatCode(ctx, r, challenge, *session, responses)
	case SoftwareTokenMFA:
		return m.repeatTOTP(ctx, r, *session, responses)
	case SelectMFAType:
		return m.selectMFA(ctx, r, *session, responses)
	case MFASetup:
		return m.setUpMFA(ctx, r, *session, responses)
	case DeviceSRP:
		return m.answerDevice(ctx, r, *session, responses)
	case DeviceVerifier:
		return m.verifyDevice(ctx, r, *session, responses)
	case CustomChallenge:
		return m.answerCustom(ctx, r, *session, responses)
	case WebAuthn:
		return m.usePasskey(ctx, r, *session, responses)
	}
	choice := Choice{Name: challenge, Password: responses["PASSWORD"], PublicValue: responses["SRP_A"]}
	if challenge == SelectChallenge {
		choice.Name = responses["ANSWER"]
	}
	return m.selectFirst(ctx, r, *session, responses["USERNAME"], choice)
}
