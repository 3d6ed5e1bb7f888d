package awsjson

import (
	"context"
	"log/slog"

	"poolhouse.dev/internal/wire"
)

// credentialOperations are the unsigned operations that make or change a
// credential, or end what one gave.
var credentialOperations = map[string]bool{
	"ChangePassword": true, "CompleteWebAuthnRegistration": true, "ConfirmForgotPassword": true,
	"ConfirmSignUp": true, "DeleteUser": true, "DeleteWebAuthnCredential": true, "ForgotPassword": true,
	"GlobalSignOut": true, "ResendConfirmationCode": true, "RespondToAuthChallenge": true,
	"RevokeToken": true, "RevokeUserSession": true, "SetUserMFAPreference": true, "SignUp": true,
	"VerifySoftwareToken": true, "VerifyUserAttribute": true,
}

// audit leaves a record of a call that an administrator signed, or that has to
// do with a credential: who, from where, which operation, and how it ended. What
// was asked stays out, since it may name people.
func (x *exchange) audit() {
	op := x.operation
	if op == nil || op.Auth == wire.AuthNone && !credentialOperations[op.Name] {
		return
	}
	outcome := x.code
	if outcome == "" {
		outcome = "ok"
	}
	x.Logger.LogAttrs(context.Background(), slog.LevelInfo, "audit",
		slog.String("operation", op.Name), slog.String("outcome", outcome), slog.String("request_id", x.id),
		slog.String("principal", x.caller.AccessKeyID), slog.String("region", x.caller.Region),
		slog.String("source_ip", x.caller.SourceIP))
}
