package pool

// Texts of refusals whose wording in the service is not known. Each names the
// member that it is about; they are kept in this one place.
const (
	textNoAttributeName   = "Name is required for every attribute of a user pool schema."
	textBadLimit          = "Attribute %s has a constraint that is not a whole number in the allowed range."
	textLimitTooLong      = "Attribute %s: String attributes cannot have a length of more than 2048."
	textTooManyCustom     = "A user pool cannot have more than 50 custom attributes."
	textDuplicateStandard = "Duplicate attribute names %s are not allowed in a user pool schema."

	textPreferredUsername = "preferred_username cannot be both a required attribute and an alias in AliasAttributes."
	textCustomerKey       = "KeyConfiguration asks for a customer managed key, which is not built in this version of poolhouse."
	textSoftwareToken     = "SOFTWARE_TOKEN is not supported in AllowedFirstAuthFactors."
	textOnlyPasskey       = "WEB_AUTHN cannot be the only factor in AllowedFirstAuthFactors."
	textOTPWithMFA        = "EMAIL_OTP and SMS_OTP are not allowed in AllowedFirstAuthFactors when MfaConfiguration is ON."
	textSMSBoth           = "SmsConfiguration takes either SnsCallerArn or EumsSms, not both."
	textSMSNeither        = "SmsConfiguration requires SnsCallerArn or EumsSms."
	textEUMSRegion        = "SmsConfiguration EumsSms Region must be the Region of the user pool: %s."
	textBothTemplates     = "VerificationMessageTemplate takes either EmailMessage or EmailMessageByLink, not both."
	textSubjectLine       = "The subject of an e-mail message must be one line without control characters."
	textInviteUsername    = "InviteMessageTemplate EmailMessage must contain {username}."
	textInviteCode        = "InviteMessageTemplate EmailMessage must contain {####}."
	textAdminOnly         = "admin_only cannot be combined with other RecoveryMechanisms in AccountRecoverySetting."
	textOnlyEmail         = "verified_email cannot be the only one of RecoveryMechanisms in AccountRecoverySetting with EmailMfaConfiguration."
	textRecoveryUnique    = "RecoveryMechanisms in AccountRecoverySetting must have different names and priorities."
	textACRDistinct       = "AcrConfiguration gives two levels the same AcrValue: %s."
	textReservedTag       = "UserPoolTags cannot have keys that begin with aws:."
	textTooManyTags       = "UserPoolTags cannot have more than 50 tags."

	textClientTokenAlone  = "ALLOW_CLIENT_TOKEN_AUTH cannot be combined with other flows in ExplicitAuthFlows."
	textClientTokenSecret = "ALLOW_CLIENT_TOKEN_AUTH in ExplicitAuthFlows requires a client secret."
	textRotationRefresh   = "ALLOW_REFRESH_TOKEN_AUTH in ExplicitAuthFlows cannot be used with RefreshTokenRotation."
	textRiskRange         = "Incorrect CIDR format"
	textRiskRanges        = "Each list in RiskExceptionConfiguration can have at most %d networks."
	textRiskEvent         = "CompromisedCredentialsRiskConfiguration EventFilter cannot have %s."
	textRiskAction        = "The risk configuration cannot have the action %s here."
	textRiskReplyTo       = "Provided ReplyTo email address is invalid"
	textURLForm           = "%s is not an absolute URL with a scheme."
)
