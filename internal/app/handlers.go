package app

import (
	"context"
	"log/slog"
	"time"

	"poolhouse.dev/internal/api/auth"
	"poolhouse.dev/internal/api/clients"
	"poolhouse.dev/internal/api/devices"
	"poolhouse.dev/internal/api/groups"
	"poolhouse.dev/internal/api/mfa"
	"poolhouse.dev/internal/api/passkeys"
	"poolhouse.dev/internal/api/pools"
	"poolhouse.dev/internal/api/recovery"
	"poolhouse.dev/internal/api/signup"
	"poolhouse.dev/internal/api/threats"
	"poolhouse.dev/internal/api/users"
	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/decoy"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/keyring"
	"poolhouse.dev/internal/limit"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/passwords"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/subject"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/watch"
	"poolhouse.dev/internal/wire"
)

// parts are what the operations are made of.
type parts struct {
	config    config.Config
	store     store.Store
	vault     *vault.Vault
	ring      *keyring.Keyring
	outbox    *outbox.Outbox
	triggers  *trigger.Caller
	passwords *passwords.Judge
	limiter   *limit.Limiter
	guard     *guard.Guard
	firewall  firewall
	stock     *token.Stock
	publicURL string
	logger    *slog.Logger
	now       func() time.Time
}

// surface is all that is answered from outside.
type surface struct {
	handlers *wire.Handlers
	// documents makes the public documents, and signUp has what links of a sign-up
	// lead to.
	documents *token.Publisher
	signUp    *signup.API
	users     *users.API
	threats   *threats.API
	directory *directory.Directory
	tokens    *token.Authorizer
	rotator   *token.Rotator
}

// operations puts the operations together.
func (p parts) operations() surface {
	var (
		lanes = &store.Lanes{}
		dir   = directory.New(p.store, p.vault)
		keys  = token.NewKeys(token.KeysConfig{Store: p.store, Vault: p.vault, Now: p.now})
		codes = code.New(p.vault, p.outbox, p.triggers, code.Links(p.publicURL), p.now)
		bait  = decoy.New(decoy.Deps{Store: p.store, Directory: dir, Vault: p.vault, Lanes: lanes, Now: p.now})
	)
	issuer := token.NewIssuer(token.IssuerConfig{Keys: keys, Vault: p.vault, PublicURL: p.publicURL, Now: p.now})
	tokens := token.NewAuthorizer(token.AuthorizerConfig{Store: p.store, Directory: dir, Keys: keys, PublicURL: p.publicURL, Now: p.now})
	subjects := subject.New(subject.Deps{Store: p.store, Directory: dir, Tokens: tokens, Lanes: lanes, AllowUser: p.limiter.AllowUser})
	machine := signin.New(signin.Deps{
		Store: p.store, Directory: dir, Vault: p.vault, Issuer: issuer, Lanes: lanes, Triggers: p.triggers, Codes: codes, Outbox: p.outbox, Decoy: bait, Passwords: p.passwords,
		Guard: p.guard, AllowUser: p.limiter.AllowUser, Now: p.now,
	})
	lists := paging.Lists{Store: p.store, Vault: p.vault}
	h := &wire.Handlers{}
	addPools(h, pools.New(pools.Deps{Store: p.store, Directory: dir, Keys: dropping{p.stock, keys}, Lists: lists, Account: p.config.AccountID, AllowPool: p.limiter.AllowPool, Now: p.now}))
	addClients(h, clients.New(clients.Deps{Store: p.store, Directory: dir, Vault: p.vault, Lists: lists, AllowPool: p.limiter.AllowPool, Now: p.now}))
	signUp := signup.New(signup.Deps{Store: p.store, Directory: dir, Codes: codes, Outbox: p.outbox, Vault: p.vault, Lanes: lanes, Decoy: bait, Triggers: p.triggers, SignIn: machine, Guard: p.guard, Passwords: p.passwords, Now: p.now})
	addSignUp(h, signUp)
	addRecovery(h, recovery.New(recovery.Deps{Store: p.store, Directory: dir, Codes: codes, Outbox: p.outbox, Vault: p.vault, Lanes: lanes, Decoy: bait, Triggers: p.triggers, SignIn: machine, Guard: p.guard, Passwords: p.passwords, AllowUser: p.limiter.AllowUser, Now: p.now}))
	addAuth(h, auth.New(auth.Deps{Store: p.store, Directory: dir, SignIn: machine, Issuer: issuer, Lanes: lanes, Now: p.now}))
	beyond := p.config.Beyond
	people := users.New(users.Deps{
		Store: p.store, Directory: dir, Codes: codes, Outbox: p.outbox, Triggers: p.triggers, Vault: p.vault, Passwords: p.passwords,
		Subjects: subjects, Guard: p.guard, AllowUser: p.limiter.AllowUser, ShowPending: beyond.ShowPendingAttributes, Now: p.now,
		Watch: watch.New(watch.Config{
			History: beyond.AttributeHistory, Undo: beyond.EmailChangeUndo, Vault: p.vault, Codes: codes, Outbox: p.outbox, Logger: p.logger, Now: p.now,
		}),
	})
	addUsers(h, people)
	rotator := token.NewRotator(token.RotatorConfig{Store: p.store, Stock: p.stock, Keys: keys, Now: p.now})
	addMFA(h, mfa.New(mfa.Deps{Store: p.store, Directory: dir, Subjects: subjects, SignIn: machine, Vault: p.vault, Now: p.now}))
	addDevices(h, devices.New(devices.Deps{Store: p.store, Directory: dir, Subjects: subjects, Lists: lists, Vault: p.vault, Now: p.now}))
	addPasskeys(h, passkeys.New(passkeys.Deps{Store: p.store, Directory: dir, Subjects: subjects, Lists: lists, Vault: p.vault, Now: p.now}))
	documents := token.NewPublisher(token.PublisherConfig{Directory: dir, Keys: keys, PublicURL: p.publicURL})
	addGroups(h, groups.New(groups.Deps{Store: p.store, Directory: dir, Lists: lists, Lanes: lanes, AllowPool: p.limiter.AllowPool, Now: p.now}))
	risks := threats.New(threats.Deps{Store: p.store, Directory: dir, Lists: lists, Vault: p.vault, AllowPool: p.limiter.AllowPool, AllowUser: p.limiter.AllowUser, Now: p.now})
	addThreats(h, risks)
	return surface{handlers: h, threats: risks, documents: documents, signUp: signUp, users: people, directory: dir, tokens: tokens, rotator: rotator}
}

// dropping makes key pairs for new pools from the stock, and sees to it that no
// look-up from before the pool was there is remembered.
type dropping struct {
	stock *token.Stock
	keys  *token.Keys
}

func (d dropping) Pair(ctx context.Context, id pool.ID, now time.Time) ([2]*pool.SigningKey, error) {
	defer d.keys.Drop(id)
	return d.stock.Pair(ctx, id, now)
}

func addPools(h *wire.Handlers, a *pools.API) {
	h.CreateUserPool = a.CreateUserPool
	h.DescribeUserPool = a.DescribeUserPool
	h.UpdateUserPool = a.UpdateUserPool
	h.ListUserPools = a.ListUserPools
	h.DeleteUserPool = a.DeleteUserPool
	h.AddCustomAttributes = a.AddCustomAttributes
	h.SetUserPoolMfaConfig = a.SetUserPoolMfaConfig
	h.GetUserPoolMfaConfig = a.GetUserPoolMfaConfig
	h.ListUserPoolReplicas = a.ListUserPoolReplicas
	h.CreateUserPoolReplica = a.CreateUserPoolReplica
	h.UpdateUserPoolReplica = a.UpdateUserPoolReplica
	h.DeleteUserPoolReplica = a.DeleteUserPoolReplica
}

func addGroups(h *wire.Handlers, a *groups.API) {
	h.CreateGroup = a.CreateGroup
	h.GetGroup = a.GetGroup
	h.UpdateGroup = a.UpdateGroup
	h.DeleteGroup = a.DeleteGroup
	h.ListGroups = a.ListGroups
	h.ListUsersInGroup = a.ListUsersInGroup
	h.AdminAddUserToGroup = a.AdminAddUserToGroup
	h.AdminRemoveUserFromGroup = a.AdminRemoveUserFromGroup
	h.AdminListGroupsForUser = a.AdminListGroupsForUser
}

func addThreats(h *wire.Handlers, a *threats.API) {
	h.SetRiskConfiguration = a.SetRiskConfiguration
	h.DescribeRiskConfiguration = a.DescribeRiskConfiguration
	h.AdminListUserAuthEvents = a.AdminListUserAuthEvents
	h.AdminUpdateAuthEventFeedback = a.AdminUpdateAuthEventFeedback
	h.UpdateAuthEventFeedback = a.UpdateAuthEventFeedback
}

func addClients(h *wire.Handlers, a *clients.API) {
	h.CreateUserPoolClient = a.CreateUserPoolClient
	h.DescribeUserPoolClient = a.DescribeUserPoolClient
	h.UpdateUserPoolClient = a.UpdateUserPoolClient
	h.ListUserPoolClients = a.ListUserPoolClients
	h.DeleteUserPoolClient = a.DeleteUserPoolClient
}

func addSignUp(h *wire.Handlers, a *signup.API) {
	h.SignUp = a.SignUp
	h.ConfirmSignUp = a.ConfirmSignUp
	h.ResendConfirmationCode = a.ResendConfirmationCode
	h.AdminConfirmSignUp = a.AdminConfirmSignUp
}

func addRecovery(h *wire.Handlers, a *recovery.API) {
	h.ForgotPassword = a.ForgotPassword
	h.ConfirmForgotPassword = a.ConfirmForgotPassword
	h.AdminResetUserPassword = a.AdminResetUserPassword
}

func addAuth(h *wire.Handlers, a *auth.API) {
	h.InitiateAuth = a.InitiateAuth
	h.AdminInitiateAuth = a.AdminInitiateAuth
	h.RespondToAuthChallenge = a.RespondToAuthChallenge
	h.AdminRespondToAuthChallenge = a.AdminRespondToAuthChallenge
	h.GetTokensFromRefreshToken = a.GetTokensFromRefreshToken
	h.RevokeToken = a.RevokeToken
}

func addUsers(h *wire.Handlers, a *users.API) {
	h.GetUser = a.GetUser
	h.UpdateUserAttributes = a.UpdateUserAttributes
	h.DeleteUserAttributes = a.DeleteUserAttributes
	h.GetUserAttributeVerificationCode = a.GetUserAttributeVerificationCode
	h.VerifyUserAttribute = a.VerifyUserAttribute
	h.ChangePassword = a.ChangePassword
	h.DeleteUser = a.DeleteUser
	h.GlobalSignOut = a.GlobalSignOut
	h.AdminCreateUser = a.AdminCreateUser
	h.AdminGetUser = a.AdminGetUser
	h.AdminUpdateUserAttributes = a.AdminUpdateUserAttributes
	h.AdminDeleteUserAttributes = a.AdminDeleteUserAttributes
	h.AdminSetUserPassword = a.AdminSetUserPassword
	h.AdminDisableUser = a.AdminDisableUser
	h.AdminEnableUser = a.AdminEnableUser
	h.AdminDeleteUser = a.AdminDeleteUser
	h.AdminUserGlobalSignOut = a.AdminUserGlobalSignOut
	h.ListUsers = a.ListUsers
}

func addMFA(h *wire.Handlers, a *mfa.API) {
	h.AssociateSoftwareToken = a.AssociateSoftwareToken
	h.VerifySoftwareToken = a.VerifySoftwareToken
	h.AdminDeleteSoftwareToken = a.AdminDeleteSoftwareToken
	h.SetUserMFAPreference = a.SetUserMFAPreference
	h.AdminSetUserMFAPreference = a.AdminSetUserMFAPreference
	h.SetUserSettings = a.SetUserSettings
	h.AdminSetUserSettings = a.AdminSetUserSettings
	h.GetUserAuthFactors = a.GetUserAuthFactors
	h.AdminGetUserAuthFactors = a.AdminGetUserAuthFactors
}

func addDevices(h *wire.Handlers, a *devices.API) {
	h.ConfirmDevice = a.ConfirmDevice
	h.GetDevice = a.GetDevice
	h.ListDevices = a.ListDevices
	h.UpdateDeviceStatus = a.UpdateDeviceStatus
	h.ForgetDevice = a.ForgetDevice
	h.AdminGetDevice = a.AdminGetDevice
	h.AdminListDevices = a.AdminListDevices
	h.AdminUpdateDeviceStatus = a.AdminUpdateDeviceStatus
	h.AdminForgetDevice = a.AdminForgetDevice
}

func addPasskeys(h *wire.Handlers, a *passkeys.API) {
	h.StartWebAuthnRegistration = a.StartWebAuthnRegistration
	h.CompleteWebAuthnRegistration = a.CompleteWebAuthnRegistration
	h.ListWebAuthnCredentials = a.ListWebAuthnCredentials
	h.DeleteWebAuthnCredential = a.DeleteWebAuthnCredential
}
