package conformance

import (
	"slices"
	"strings"

	"poolhouse.dev/internal/wire"
)

// neverAnswered are exceptions that no operation answers with in this version,
// and why.
var neverAnswered = map[string]string{
	"InternalErrorException":        "only a fault of the server itself; provoked in the unit tests of awsjson",
	"MFAMethodNotFoundException":    "a user for whom the pool has no factor is told so with InvalidParameterException, which every sign-in models",
	"PreconditionNotMetException":   "import jobs are not built",
	"TierChangeNotAllowedException": "every pool may change its tier",
	"UserImportInProgressException": "import jobs are not built",
}

// neverSucceeds are operations that are answered and refused: there are no replicas.
var neverSucceeds = map[string]bool{
	"CreateUserPoolReplica": true, "DeleteUserPoolReplica": true, "UpdateUserPoolReplica": true,
}

// Reasons that several operations share.
const (
	noAWS      = "a role or identity is judged when it sends, not when a pool names it"
	noRace     = "a change that meets another is decided again, not refused"
	noReplicas = "there are no replicas"
	unitTested = "takes a thousand of them; in the unit tests of the operation"
)

// rarelyAnswered are exceptions that single operations cannot answer with, and
// why.
var rarelyAnswered = map[string]map[string]string{
	"AdminConfirmSignUp": {
		"LimitExceededException":         "nothing is counted when an administrator confirms",
		"TooManyFailedAttemptsException": "nothing is counted when an administrator confirms",
	},
	"AdminInitiateAuth":           signInNever,
	"AdminResetUserPassword":      {"LimitExceededException": "there is no daily quota of messages"},
	"AdminRespondToAuthChallenge": answerNever,
	"ConfirmDevice": {
		"InvalidLambdaResponseException": "the operation calls no function",
		"InvalidPasswordException":       "the operation takes no password",
		"UsernameExistsException":        "the operation names no user",
	},
	"AdminSetUserMFAPreference": {
		"PasswordResetRequiredException": "an administrator chooses for users in every state",
		"UserNotConfirmedException":      "an administrator chooses for users in every state",
	},
	"AssociateSoftwareToken": {"ConcurrentModificationException": noRace},
	"ConfirmForgotPassword": {
		"TooManyFailedAttemptsException": "the hourly cap answers LimitExceededException",
	},
	"ConfirmSignUp": {
		"TooManyFailedAttemptsException": "the hourly cap answers LimitExceededException",
	},
	"CreateGroup":    {"LimitExceededException": unitTested},
	"CreateUserPool": {"LimitExceededException": unitTested},
	"CreateUserPoolReplica": {
		"FeatureUnavailableInTierException": noReplicas, "LimitExceededException": noReplicas, "UserPoolTaggingException": noReplicas,
	},
	"CreateUserPoolClient":     {"LimitExceededException": unitTested},
	"DeleteWebAuthnCredential": {"LimitExceededException": "nothing is counted when a passkey is removed"},
	"ListWebAuthnCredentials":  {"LimitExceededException": "nothing is counted when passkeys are listed"},
	"DeleteUserPoolClient":     {"ConcurrentModificationException": noRace},
	"DescribeUserPool":         {"UserPoolTaggingException": "tags are stored with the pool"},
	"InitiateAuth":             signInNever,
	"RespondToAuthChallenge":   answerNever,
	"SetRiskConfiguration":     {"CodeDeliveryFailureException": "no message is sent when one is configured"},
	"SetUserPoolMfaConfig":     {"ConcurrentModificationException": noRace},
	"SignUp":                   {"LimitExceededException": "there is no daily quota of messages"},
	"UpdateUserAttributes": {
		"CodeMismatchException": "the operation takes no code",
		"ExpiredCodeException":  "the operation takes no code",
	},
	"UpdateUserPool":       {"ConcurrentModificationException": noRace},
	"UpdateUserPoolClient": {"ConcurrentModificationException": noRace},
	"VerifySoftwareToken": {
		"CodeMismatchException":                 "a wrong code is answered with EnableSoftwareTokenMFAException",
		"InvalidUserPoolConfigurationException": "a pool without software tokens is told as SoftwareTokenMFANotFoundException",
		"UserNotConfirmedException":             "no operation takes a confirmation back",
	},
}

// signInNever are the exceptions with which no sign-in can begin.
var signInNever = map[string]string{
	"InvalidUserPoolConfigurationException": "every setting that a sign-in asks for is acted on",
	"UnsupportedOperationException":         "every flow of the model is built",
}

// answerNever are the exceptions with which no challenge can be answered.
var answerNever = map[string]string{
	"InvalidUserPoolConfigurationException": "every setting that a sign-in asks for is acted on",
	"SoftwareTokenMFANotFoundException":     "the session of a challenge for a token that is gone is invalid",
	"UserNotFoundException":                 "the session of a user who is gone is invalid, so that it tells nobody who is",
}

// senderFaults are exceptions about the pool's role or identity for messages, which
// only those operations answer with that send one.
var senderFaults = []string{"InvalidEmailRoleAccessPolicyException", "InvalidSmsRoleAccessPolicyException", "InvalidSmsRoleTrustRelationshipException"}

// sendsNothing says why operations that model the senders' exceptions never send
// a message.
var sendsNothing = map[string]string{
	"CreateUserPool":       noAWS,
	"SetRiskConfiguration": noAWS,
	"SetUserPoolMfaConfig": noAWS,
	"UpdateUserPool":       noAWS,
}

// statusOfToken are exceptions about the state of a token's user that no
// operation of this version can bring about after the token was issued.
var statusOfToken = map[string]string{
	"UserNotConfirmedException": "no operation takes a confirmation back",
}

// whyUnreachable says why the operation cannot answer with the exception in
// this version; "" when it can.
func whyUnreachable(operation, exception string) string {
	if reason := neverAnswered[exception]; reason != "" {
		return reason
	}
	if exception == "OperationNotEnabledException" && !strings.HasSuffix(operation, "UserPoolReplica") {
		return "no pool is a secondary replica"
	}
	if reason := sendsNothing[operation]; reason != "" && slices.Contains(senderFaults, exception) {
		return reason
	}
	if reason := statusOfToken[exception]; reason != "" && tokenCalls[operation] != nil {
		return reason
	}
	if reason := rarelyAnswered[operation][exception]; reason != "" {
		return reason
	}
	if exception == "NotAuthorizedException" && isAboutResources(operation) {
		return "a request that may not be made is refused by its signature, before the operation"
	}
	return ""
}

// isAboutResources reports whether an administrator calls the operation and
// nothing that a user did is judged by it.
func isAboutResources(operation string) bool {
	for _, judges := range []string{"UpdateAuthEventFeedback", "AdminInitiateAuth", "AdminRespondToAuthChallenge", "AdminConfirmSignUp", "AdminResetUserPassword"} {
		if operation == judges {
			return false
		}
	}
	for _, beginning := range []string{"Admin", "Create", "Describe", "Update", "Delete", "List", "Add", "GetGroup", "GetUserPool", "SetUserPool", "SetRiskConfiguration"} {
		if strings.HasPrefix(operation, beginning) {
			op, _ := wire.Find(operation)
			return op.Auth == wire.AuthSigV4
		}
	}
	return false
}
