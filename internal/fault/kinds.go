package fault

// Exception names with a meaning of their own inside the server.
const (
	CodeInternalError  = "InternalErrorException"
	CodeInternalServer = "InternalServerException"
)

// AliasExists says that another user holds the e-mail address, phone number
// or preferred user name.
func AliasExists(message string) *Error { return New("AliasExistsException", message) }

// CodeDeliveryFailure says that a message could not be handed over.
func CodeDeliveryFailure(message string) *Error { return New("CodeDeliveryFailureException", message) }

// CodeMismatch says that the given code is not the outstanding one.
func CodeMismatch(message string) *Error { return New("CodeMismatchException", message) }

// ExpiredCode says that no usable code is outstanding.
func ExpiredCode(message string) *Error { return New("ExpiredCodeException", message) }

// FeatureUnavailableInTier says that the pool's tier lacks a feature.
func FeatureUnavailableInTier(message string) *Error {
	return New("FeatureUnavailableInTierException", message)
}

// Internal is the service's own fault; its text tells the client nothing.
func Internal() *Error { return New(CodeInternalError, "Internal server error.") }

// InvalidOAuthFlow says that a client's OAuth flows do not go together.
func InvalidOAuthFlow(message string) *Error { return New("InvalidOAuthFlowException", message) }

// Forbidden says that a web ACL of the pool does not let the request pass.
func Forbidden(message string) *Error { return New("ForbiddenException", message) }

// GroupExists says that a group's name is taken.
func GroupExists(message string) *Error { return New("GroupExistsException", message) }

// InvalidEmailRolePolicy says that the server may not use the pool's e-mail
// identity.
func InvalidEmailRolePolicy() *Error {
	return New("InvalidEmailRoleAccessPolicyException", "Cognito is not allowed to use your email identity")
}

// InvalidSMSRolePolicy says that the pool's role may not send text messages.
func InvalidSMSRolePolicy() *Error {
	return New("InvalidSmsRoleAccessPolicyException", "Role does not have permission to publish with SNS")
}

// InvalidSMSRoleTrust says that the server may not assume the pool's role.
func InvalidSMSRoleTrust() *Error {
	return New("InvalidSmsRoleTrustRelationshipException", "Role does not have a trust relationship allowing Cognito to assume the role")
}

// InvalidParameter refuses a request member; the text names it.
func InvalidParameter(message string) *Error { return New("InvalidParameterException", message) }

// InvalidParameterf is InvalidParameter with a formatted message.
func InvalidParameterf(format string, args ...any) *Error {
	return Newf("InvalidParameterException", format, args...)
}

// InvalidPassword says which rule of the password policy was not met.
func InvalidPassword(message string) *Error { return New("InvalidPasswordException", message) }

// InvalidUserPoolConfiguration says that the pool asks for something that cannot be done.
func InvalidUserPoolConfiguration(message string) *Error {
	return New("InvalidUserPoolConfigurationException", message)
}

// LimitExceeded says that a quota or an attempt limit is spent.
func LimitExceeded(message string) *Error { return New("LimitExceededException", message) }

// NotAuthorized refuses the caller.
func NotAuthorized(message string) *Error { return New("NotAuthorizedException", message) }

// NotAuthorizedf is NotAuthorized with a formatted message.
func NotAuthorizedf(format string, args ...any) *Error {
	return Newf("NotAuthorizedException", format, args...)
}

// OperationNotEnabled says that the pool, as it is, does not offer the operation.
func OperationNotEnabled(message string) *Error {
	return New("OperationNotEnabledException", message)
}

// PasswordHistoryPolicyViolation says that a new password is one that the user had
// before; the text is our own, since the service's is not known.
func PasswordHistoryPolicyViolation() *Error {
	return New("PasswordHistoryPolicyViolationException", "Password has previously been used")
}

// PasswordResetRequired says that the user must reset the password first.
func PasswordResetRequired() *Error {
	return New("PasswordResetRequiredException", "Password reset required for the user")
}

// RefreshTokenReuse says that a refresh token was used that had been exchanged.
func RefreshTokenReuse(message string) *Error { return New("RefreshTokenReuseException", message) }

// ResourceNotFoundf says that a pool, client or other resource is not there.
func ResourceNotFoundf(format string, args ...any) *Error {
	return Newf("ResourceNotFoundException", format, args...)
}

// ScopeDoesNotExist says that a client asks for an unknown OAuth scope.
func ScopeDoesNotExist(message string) *Error { return New("ScopeDoesNotExistException", message) }

// TooManyRequests says that a request rate is exceeded or that contention did
// not clear before the request's deadline. SDKs back off and try again.
func TooManyRequests(message string) *Error { return New("TooManyRequestsException", message) }

// Unauthorized refuses the client of RevokeToken.
func Unauthorized(message string) *Error { return New("UnauthorizedException", message) }

// UnexpectedLambda says that a trigger could not be invoked.
func UnexpectedLambda(message string) *Error { return New("UnexpectedLambdaException", message) }

// InvalidLambdaResponse says that a trigger's answer is none.
func InvalidLambdaResponse(message string) *Error {
	return New("InvalidLambdaResponseException", message)
}

// UserLambdaValidation says that a trigger refused.
func UserLambdaValidation(message string) *Error {
	return New("UserLambdaValidationException", message)
}

// UnsupportedOperation says that the client's settings do not allow the call.
func UnsupportedOperation(message string) *Error {
	return New("UnsupportedOperationException", message)
}

// UnsupportedTokenType says that the token is not a refresh token.
func UnsupportedTokenType(message string) *Error {
	return New("UnsupportedTokenTypeException", message)
}

// UnsupportedUserState says that the user's status does not allow the call.
func UnsupportedUserState(message string) *Error {
	return New("UnsupportedUserStateException", message)
}

// UserNotConfirmed says that the user has not confirmed the sign-up.
func UserNotConfirmed() *Error { return New("UserNotConfirmedException", "User is not confirmed.") }

// UserNotFound says that there is no such user.
func UserNotFound(message string) *Error { return New("UserNotFoundException", message) }

// UserPoolAddOnNotEnabled says that the pool's threat protection is off.
func UserPoolAddOnNotEnabled(message string) *Error {
	return New("UserPoolAddOnNotEnabledException", message)
}

// UserPoolTagging refuses a pool's tags.
func UserPoolTagging(message string) *Error { return New("UserPoolTaggingException", message) }

// UsernameExists says that the user name is taken.
func UsernameExists(message string) *Error { return New("UsernameExistsException", message) }

// SoftwareTokenMFANotFound is SoftwareTokenMFANotFoundException.
func SoftwareTokenMFANotFound(message string) *Error {
	return New("SoftwareTokenMFANotFoundException", message)
}

// EnableSoftwareTokenMFA is EnableSoftwareTokenMFAException.
func EnableSoftwareTokenMFA(message string) *Error {
	return New("EnableSoftwareTokenMFAException", message)
}

// DeviceKeyExists is DeviceKeyExistsException.
func DeviceKeyExists(message string) *Error { return New("DeviceKeyExistsException", message) }

// WebAuthnConfigurationMissing is WebAuthnConfigurationMissingException.
func WebAuthnConfigurationMissing(message string) *Error {
	return New("WebAuthnConfigurationMissingException", message)
}

// WebAuthnNotEnabled is WebAuthnNotEnabledException.
func WebAuthnNotEnabled(message string) *Error {
	return New("WebAuthnNotEnabledException", message)
}

// WebAuthnChallengeNotFound is WebAuthnChallengeNotFoundException.
func WebAuthnChallengeNotFound(message string) *Error {
	return New("WebAuthnChallengeNotFoundException", message)
}

// WebAuthnClientMismatch is WebAuthnClientMismatchException.
func WebAuthnClientMismatch(message string) *Error {
	return New("WebAuthnClientMismatchException", message)
}

// WebAuthnOriginNotAllowed is WebAuthnOriginNotAllowedException.
func WebAuthnOriginNotAllowed(message string) *Error {
	return New("WebAuthnOriginNotAllowedException", message)
}

// WebAuthnRelyingPartyMismatch is WebAuthnRelyingPartyMismatchException.
func WebAuthnRelyingPartyMismatch(message string) *Error {
	return New("WebAuthnRelyingPartyMismatchException", message)
}

// WebAuthnCredentialNotSupported is WebAuthnCredentialNotSupportedException.
func WebAuthnCredentialNotSupported(message string) *Error {
	return New("WebAuthnCredentialNotSupportedException", message)
}
