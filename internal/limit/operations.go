package limit

import (
	"fmt"
	"strings"
)

// memberships lists each category's operations. Amazon's documentation states
// the members of UserAuthentication and UserCreation; the others follow its
// older pages, and operations that came later stand with their nearest older
// relative.
var memberships = map[Category]string{
	UserAuthentication: `
		AdminInitiateAuth AdminRespondToAuthChallenge InitiateAuth RespondToAuthChallenge`,
	UserCreation: `
		AdminConfirmSignUp AdminCreateUser ConfirmSignUp SignUp`,
	UserAccountRecovery: `
		AdminResetUserPassword AdminSetUserPassword ChangePassword ConfirmForgotPassword ForgotPassword`,
	UserRead: `
		AdminGetUser GetUser`,
	UserUpdate: `
		AdminAddUserToGroup AdminDeleteUser AdminDeleteUserAttributes AdminDisableProviderForUser
		AdminDisableUser AdminEnableUser AdminLinkProviderForUser AdminRemoveUserFromGroup
		AdminUpdateUserAttributes AdminUserGlobalSignOut DeleteUser DeleteUserAttributes
		GlobalSignOut UpdateUserAttributes VerifyUserAttribute`,
	UserToken: `
		GetTokensFromRefreshToken RevokeToken`,
	UserResourceRead: `
		AdminGetDevice AdminGetUserAuthFactors AdminListDevices AdminListGroupsForUser
		AdminListUserAuthEvents AdminListUserSessions GetDevice GetUserAttributeVerificationCode
		GetUserAuthFactors ListDevices ListUserSessions ListWebAuthnCredentials
		ResendConfirmationCode`,
	UserResourceUpdate: `
		AdminDeleteSoftwareToken AdminForgetDevice AdminRevokeUserSession AdminSetUserMFAPreference
		AdminSetUserSettings AdminUpdateAuthEventFeedback AdminUpdateDeviceStatus
		AssociateSoftwareToken CompleteWebAuthnRegistration ConfirmDevice DeleteWebAuthnCredential
		ForgetDevice RevokeUserSession SetUserMFAPreference SetUserSettings
		StartWebAuthnRegistration UpdateAuthEventFeedback UpdateDeviceStatus VerifySoftwareToken`,
	UserList: `
		ListUsers ListUsersInGroup`,
	UserPoolRead: `
		DescribeUserPool ListUserPoolReplicas ListUserPools`,
	UserPoolUpdate: `
		CreateUserPool CreateUserPoolReplica DeleteUserPool DeleteUserPoolReplica UpdateUserPool
		UpdateUserPoolReplica`,
	UserPoolResourceRead: `
		DescribeIdentityProvider DescribeManagedLoginBranding DescribeManagedLoginBrandingByClient
		DescribeResourceServer DescribeRiskConfiguration DescribeTerms DescribeTermsByClient
		DescribeUserImportJob DescribeUserPoolDomain GetCSVHeader GetGroup
		GetIdentityProviderByIdentifier GetLogDeliveryConfiguration GetSigningCertificate
		GetUICustomization GetUserPoolMfaConfig GetUserPoolSessionConfiguration ListGroups
		ListIdentityProviders ListResourceServers ListTagsForResource ListTerms
		ListUserImportJobs`,
	UserPoolResourceUpdate: `
		AddCustomAttributes CreateGroup CreateIdentityProvider CreateManagedLoginBranding
		CreateResourceServer CreateTerms CreateUserImportJob CreateUserPoolDomain DeleteGroup
		DeleteIdentityProvider DeleteManagedLoginBranding DeleteResourceServer DeleteTerms
		DeleteUserPoolDomain SetLogDeliveryConfiguration SetRiskConfiguration SetUICustomization
		SetUserPoolMfaConfig SetUserPoolSessionConfiguration StartUserImportJob StopUserImportJob
		TagResource UntagResource UpdateGroup UpdateIdentityProvider UpdateManagedLoginBranding
		UpdateResourceServer UpdateTerms UpdateUserPoolDomain`,
	UserPoolClientRead: `
		DescribeUserPoolClient GetUserPoolClientSessionConfiguration ListUserPoolClientSecrets
		ListUserPoolClients`,
	UserPoolClientUpdate: `
		AddUserPoolClientSecret CreateUserPoolClient DeleteUserPoolClient
		DeleteUserPoolClientSecret SetUserPoolClientSessionConfiguration UpdateUserPoolClient`,
	ClientAuthentication: `
		GetClientToken`,
	LimitManagement: `
		GetProvisionedLimit UpdateProvisionedLimit`,
}

// special marks the operations with a rule beside their category's.
type special uint8

const (
	_ special = iota
	// answersChallenge has an allowance of its own; see region.answers.
	answersChallenge
	// tags is capped by itself; see region.tagging.
	tags
)

// rule is what the table says of an operation.
type rule struct {
	category int
	special  special
}

var rules = func() map[string]rule {
	specials := map[string]special{
		"RespondToAuthChallenge":      answersChallenge,
		"AdminRespondToAuthChallenge": answersChallenge,
		"TagResource":                 tags,
	}
	m := make(map[string]rule)
	for category, members := range memberships {
		for operation := range strings.FieldsSeq(members) {
			if _, twice := m[operation]; twice {
				panic(fmt.Sprintf("limit: %s is in two categories", operation))
			}
			m[operation] = rule{numbers[category], specials[operation]}
		}
	}
	return m
}()

// CategoryOf returns the category that operation is charged to, and false for
// a name that is no operation.
func CategoryOf(operation string) (Category, bool) {
	r, ok := rules[operation]
	if !ok {
		return "", false
	}
	return quotas[r.category].name, true
}

// ruleOf counts an operation that the table lacks among the changes to a
// pool's resources, a low quota, so that a forgotten entry is no open door.
func ruleOf(operation string) rule {
	if r, ok := rules[operation]; ok {
		return r
	}
	return rule{category: numbers[UserPoolResourceUpdate]}
}
